FROM debian:trixie-slim
ARG DEBIAN_FRONTEND=noninteractive
RUN apt-get update && apt-get upgrade -y && apt-get install -y dialog apt-utils procps net-tools
RUN apt-get install --no-install-recommends --no-install-suggests -y perl ca-certificates && \
    apt-get install --no-install-recommends --no-install-suggests -y nginx supervisor fcgiwrap python3 python3-memcache
RUN ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log && rm /etc/nginx/sites-enabled/default
RUN mkdir -p /var/log/supervisor
CMD [ "/usr/bin/supervisord" ]
