FROM debian:trixie-slim
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update && apt-get install -y --no-install-recommends php-fpm php-mysql php-curl php-mbstring php-zip nginx-light unzip ca-certificates
RUN phpdismod zip && sed -i 's/;cgi.fix_pathinfo=1/cgi.fix_pathinfo=0/' /etc/php/8.4/fpm/php.ini && mkdir -p /run/php
WORKDIR /var/www/html
COPY index.php .
RUN chown -R www-data:www-data /var/www && find /var/www -type d -exec chmod 750 {} +
