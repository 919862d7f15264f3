FROM debian:bookworm-slim
ARG VERSION=1.2.3
RUN apt-get update && apt-get install -y wget xz-utils gnupg && rm -rf /var/lib/apt/lists/*
RUN set -ex; cd /tmp; wget -qO app.tar.xz "https://example.com/v${VERSION}/app-${VERSION}.tar.xz"; wget -qO app.tar.xz.sha256 "https://example.com/app.sha256"; sha256sum -c app.tar.xz.sha256; mkdir -p /opt/app; tar -xJf app.tar.xz -C /opt/app --strip-components=1; rm app.tar.xz*; ln -s /opt/app/bin/app /usr/local/bin/app; app --version
RUN [ -x /opt/app/bin/app ] && chown -R www-data /opt/app && find /opt/app -type d -exec chmod 755 {} + && ls -la /opt/app | head
RUN export V=$(app --version | awk '{print $2}') && echo "$V" > /version && case "$V" in 1.*) touch /one;; *) touch /other;; esac
