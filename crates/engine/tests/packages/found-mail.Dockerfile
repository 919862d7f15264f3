FROM debian:bookworm-slim
RUN echo "postfix postfix/mailname string mail.example.org" | debconf-set-selections && echo "postfix postfix/main_mailer_type string 'Internet Site'" | debconf-set-selections \
 && apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y postfix dovecot-imapd opendkim spamassassin && rm -rf /var/lib/apt/lists/*
RUN postconf -e 'inet_interfaces = all' || true
RUN groupadd -g 5000 vmail && useradd -g vmail -u 5000 vmail -d /var/mail/vmail -m
