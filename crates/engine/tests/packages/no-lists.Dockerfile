FROM debian:trixie-slim
RUN apt-get install -y curl
