FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y \
    openssl \
    apache2-utils \
    nginx-light \
 && apt-get clean && rm -rf /var/lib/apt/lists/* /tmp/* /var/tmp/*
RUN mkdir -p /etc/nginx/ssl && openssl req -x509 -nodes -days 365 -newkey rsa:2048 \
    -keyout /etc/nginx/ssl/server.key -out /etc/nginx/ssl/server.crt -subj "/C=DE/ST=Berlin/L=Berlin/O=Example/CN=localhost"
RUN htpasswd -bc /etc/nginx/.htpasswd admin secret
RUN ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log
RUN rm /etc/nginx/sites-enabled/default
COPY <<'EOF' /etc/nginx/conf.d/app.conf
server { listen 443 ssl; ssl_certificate /etc/nginx/ssl/server.crt; ssl_certificate_key /etc/nginx/ssl/server.key; root /var/www/html; }
EOF
EXPOSE 443
CMD ["nginx", "-g", "daemon off;"]
