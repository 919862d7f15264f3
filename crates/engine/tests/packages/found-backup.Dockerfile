FROM debian:trixie-slim
RUN set -ex; apt-get update; apt-get install -y --no-install-recommends postgresql-client cron supervisor logrotate rsyslog msmtp-mta; rm -rf /var/lib/apt/lists/*; touch /var/log/cron.log
RUN echo '*/5 * * * * root /usr/local/bin/backup.sh >> /var/log/cron.log 2>&1' > /etc/cron.d/backup && chmod 0644 /etc/cron.d/backup && crontab /etc/cron.d/backup
COPY --chmod=755 <<'EOF' /usr/local/bin/backup.sh
#!/bin/sh
pg_dump "$DATABASE_URL" | gzip > /backups/$(date +%F).sql.gz
EOF
VOLUME /backups
CMD ["cron", "-f"]
