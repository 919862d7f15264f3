FROM debian:bookworm
RUN apt-get update && apt-get install -y xvfb x11vnc fluxbox xterm firefox-esr dbus-x11 fonts-noto-core && apt-get clean && rm -rf /var/lib/apt/lists/*
RUN mkdir -p /root/.vnc && echo secret > /root/.vnc/passwd && adduser --disabled-password --gecos "" browser
