FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ngircd prosody zabbix-agent \
 && usermod -aG adm prosody && usermod -s /bin/sh zabbix && gpasswd -a zabbix adm \
 && useradd -r -g prosody -G zabbix bridge \
 && chown prosody:zabbix /srv && rm -rf /var/lib/apt/lists/*
