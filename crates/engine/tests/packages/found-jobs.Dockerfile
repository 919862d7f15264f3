FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends cron curl ca-certificates tini git && rm -rf /var/lib/apt/lists/*
RUN git config --global user.email bot@example.org && git config --global user.name Bot && git config --global pull.rebase true && git init -q -b trunk /work
COPY jobs /etc/cron.d/jobs
RUN chmod 0644 /etc/cron.d/jobs && crontab /etc/cron.d/jobs && touch /var/log/cron.log
ENTRYPOINT ["tini","--","cron","-f"]
