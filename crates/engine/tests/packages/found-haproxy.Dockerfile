FROM debian:trixie-slim
RUN set -eux; apt-get update; apt-get install -y --no-install-recommends haproxy keepalived socat curl ca-certificates; rm -rf /var/lib/apt/lists/*
RUN haproxy -v || true
RUN mkdir -p /run/haproxy && chown haproxy:haproxy /run/haproxy && openssl version
