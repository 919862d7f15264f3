FROM alpine:3.22
ARG S6=3.1.6.2
ADD https://github.com/just-containers/s6-overlay/releases/download/v${S6}/s6-overlay-noarch.tar.xz /tmp
RUN tar -C / -Jxpf /tmp/s6-overlay-noarch.tar.xz && rm /tmp/*.xz && apk add --no-cache nginx php82 php82-fpm && sed -i 's/user nginx/user root/' /etc/nginx/nginx.conf && mkdir -p /run/nginx && ln -sf /dev/stdout /var/log/nginx/access.log
RUN addgroup -g 1000 app && adduser -u 1000 -G app -D app && chown -R app:app /var/lib/nginx && php82 -v
ENTRYPOINT ["/init"]
