FROM debian:bookworm-slim
RUN apt-get update && apt-get -y install cron rsyslog logrotate && rm -rf /var/lib/apt/lists/*
COPY crontab /etc/cron.d/hello-cron
RUN chmod 0644 /etc/cron.d/hello-cron && crontab /etc/cron.d/hello-cron
RUN touch /var/log/cron.log && ln -s /var/log/cron.log /cron.log
CMD cron && tail -f /var/log/cron.log
