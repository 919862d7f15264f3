FROM debian:bookworm-slim
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update && apt-get install -y --no-install-recommends dovecot-imapd dovecot-lmtpd dovecot-sieve ssl-cert && rm -rf /var/lib/apt/lists/*
RUN groupadd -g 5000 vmail && useradd -u 5000 -g vmail -d /var/vmail -m -s /usr/sbin/nologin vmail
RUN sed -i 's/^#\?disable_plaintext_auth.*/disable_plaintext_auth = no/' /etc/dovecot/conf.d/10-auth.conf \
 && echo 'mail_location = maildir:/var/vmail/%d/%n' >> /etc/dovecot/conf.d/10-mail.conf
EXPOSE 143 993
CMD ["dovecot", "-F"]
