FROM debian:trixie-slim
RUN apt-get update && apt-get install -y -d --no-install-recommends jq
RUN apt-get install -y --no-install-recommends jq
RUN cd /tmp && apt-get update && apt-get download tree && rm -rf /var/lib/apt/lists/*
