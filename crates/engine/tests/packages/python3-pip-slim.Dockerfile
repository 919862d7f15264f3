FROM debian:trixie-slim
RUN apt-get update
RUN apt-get install -y python3-pip python3-venv
