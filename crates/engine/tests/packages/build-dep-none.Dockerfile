FROM debian:bookworm-slim
RUN apt-get update
RUN apt-get build-dep -y nano
