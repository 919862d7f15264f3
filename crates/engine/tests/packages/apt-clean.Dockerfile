FROM debian:bookworm-slim
RUN apt-get update
RUN apt-get clean
RUN rm -f /etc/apt/apt.conf.d/docker-clean
RUN apt-get clean
RUN rm -rf /var/lib/apt/lists/*
RUN apt-get clean
