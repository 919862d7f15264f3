FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends dovecot-pop3d dovecot-managesieved dovecot-pgsql postgrey && rm -rf /var/lib/apt/lists/*
RUN install -d -o dovecot -g dovecot /var/spool/keys
