FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends php-fpm php-xdebug php-memcached php-pear php-bz2 nginx && rm -rf /var/lib/apt/lists/* && echo 'xdebug.mode=off' >> /etc/php/8.2/mods-available/xdebug.ini
