FROM debian:bookworm
RUN apt-get update && apt-get install -y clamav clamav-daemon \
 && sed -i 's/^Foreground .*$/Foreground true/g' /etc/clamav/clamd.conf \
 && echo 'TCPSocket 3310' >> /etc/clamav/clamd.conf \
 && mkdir -p /run/clamav && chown clamav:clamav /run/clamav && chmod 750 /run/clamav \
 && rm -rf /var/lib/apt/lists/*
EXPOSE 3310
