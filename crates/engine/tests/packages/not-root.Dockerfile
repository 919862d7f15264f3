FROM debian:trixie-slim
RUN useradd x
RUN su x -c "apt-get update"
