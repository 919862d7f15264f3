FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y tor privoxy && echo 'forward-socks5t / 127.0.0.1:9050 .' >> /etc/privoxy/config && sed -i 's/^listen-address.*/listen-address 0.0.0.0:8118/' /etc/privoxy/config && rm -rf /var/lib/apt/lists/*
