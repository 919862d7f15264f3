FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends chromium chromium-driver xvfb fonts-liberation fonts-noto-color-emoji dumb-init && rm -rf /var/lib/apt/lists/* && groupadd -r pptr && useradd -rm -g pptr -G audio,video pptr
USER pptr
RUN chromium --version
ENTRYPOINT ["dumb-init","--"]
