FROM debian:bookworm-slim
RUN set -eux; apt-get update; apt-get install -y --no-install-recommends bind9 dnsutils iputils-ping iproute2 tcpdump nmap netcat-openbsd traceroute iptables openvpn wireguard-tools; rm -rf /var/lib/apt/lists/*
RUN setcap cap_net_raw+ep /usr/bin/nmap || true; getent group bind; id bind
