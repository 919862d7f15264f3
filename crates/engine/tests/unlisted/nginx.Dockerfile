FROM nginx:1.25
RUN rm /etc/nginx/conf.d/default.conf && rm -rf /usr/share/nginx/html/*
COPY <<EOF /etc/nginx/conf.d/app.conf
server { listen 80; }
EOF
RUN nginx -t && sed -i 's/worker_processes.*/worker_processes 2;/' /etc/nginx/nginx.conf && chown -R nginx:nginx /var/cache/nginx && chmod -R 755 /usr/share/nginx/html
USER nginx
