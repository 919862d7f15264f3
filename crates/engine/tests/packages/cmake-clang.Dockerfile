FROM debian:trixie
RUN apt-get update
RUN apt-get install -y cmake clang ninja-build
