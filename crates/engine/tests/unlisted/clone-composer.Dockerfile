FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y git php-cli composer
WORKDIR /w
RUN git clone https://github.com/x/y . && cd /w
RUN composer install && php artisan migrate && vendor/bin/phpunit
