FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
    bash jq gh curl coreutils tar wget zsync ca-certificates \
    && rm -rf /var/lib/apt/lists/*
