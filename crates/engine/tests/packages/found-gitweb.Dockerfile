FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends git gitweb fcgiwrap nginx-light spawn-fcgi apache2-utils \
 && rm -rf /var/lib/apt/lists/* \
 && rm -f /etc/nginx/sites-enabled/default \
 && ln -sf /dev/stdout /var/log/nginx/access.log \
 && ln -sf /dev/stderr /var/log/nginx/error.log
RUN useradd -r -m -d /srv/git -s /usr/bin/git-shell git && chown -R git:www-data /srv/git && chmod 2775 /srv/git
RUN git config --system http.receivepack true && git config --system --add safe.directory '*'
RUN htpasswd -bc /etc/nginx/.htpasswd admin secret && chmod 640 /etc/nginx/.htpasswd && chown root:www-data /etc/nginx/.htpasswd
