FROM debian:trixie-slim
RUN apt-get update && apt-get install -y samba cups avahi-daemon snmpd nfs-common autofs && apt-get purge -y --auto-remove cups && rm -rf /var/lib/apt/lists/*
