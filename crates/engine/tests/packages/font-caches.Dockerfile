FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends fontconfig fonts-dejavu-core fonts-noto-mono && rm -rf /var/lib/apt/lists/*
RUN fc-cache -f
RUN mkdir -p /usr/local/share/fonts/house && cp /usr/share/fonts/truetype/noto/*.ttf /usr/local/share/fonts/house/ && fc-cache
RUN rm -rf /usr/local/share/fonts/house && fc-cache -fv >/dev/null
RUN useradd -m lab
USER lab
RUN mkdir -p /home/lab/.fonts && cp /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf /home/lab/.fonts/ && HOME=/home/lab fc-cache
