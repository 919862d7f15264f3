FROM debian:trixie-slim
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update && apt-get install -y --no-install-recommends openvpn easy-rsa iptables iproute2 wireguard-tools qrencode procps \
    && ln -s /usr/share/easy-rsa/easyrsa /usr/local/bin/easyrsa \
    && apt-get clean && rm -rf /var/lib/apt/lists/* /tmp/* /var/tmp/*
RUN mkdir -p /etc/openvpn/ccd /dev/net && printf 'port 1194\nproto udp\ndev tun\n' > /etc/openvpn/server.conf
