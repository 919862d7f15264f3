FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y cron rsyslog logrotate && rm -rf /var/lib/apt/lists/*
COPY <<EOF /etc/cron.d/hello
* * * * * root echo hi >> /var/log/cron.log 2>&1
EOF
RUN chmod 0644 /etc/cron.d/hello && crontab /etc/cron.d/hello && touch /var/log/cron.log && mkfifo -m 666 /var/log/fifo
CMD cron && tail -f /var/log/cron.log
