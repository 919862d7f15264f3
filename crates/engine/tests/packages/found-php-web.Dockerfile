FROM debian:trixie-slim
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update && apt-get install -y --no-install-recommends \
    nginx php-fpm php-mysql php-xml php-mbstring php-curl php-gd php-zip php-intl supervisor curl ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log
RUN sed -i 's/;daemonize = yes/daemonize = no/' /etc/php/8.4/fpm/php-fpm.conf && rm /etc/nginx/sites-enabled/default
COPY <<EOF /etc/supervisor/conf.d/web.conf
[program:nginx]
command=nginx -g "daemon off;"
EOF
CMD ["supervisord", "-n"]
