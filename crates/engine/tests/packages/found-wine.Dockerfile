FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends wine wine64 xvfb && rm -rf /var/lib/apt/lists/*
ENV WINEPREFIX=/opt/wine WINEDEBUG=-all
RUN which wine wineserver; ls -l /etc/alternatives | grep -i wine
