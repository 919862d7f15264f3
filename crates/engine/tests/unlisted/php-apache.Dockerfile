FROM php:8.2-apache
RUN apt-get update && apt-get install -y libzip-dev unzip && docker-php-ext-install pdo_mysql zip && a2enmod rewrite
COPY --from=composer:2 /usr/bin/composer /usr/bin/composer
WORKDIR /var/www/html
COPY <<EOF composer.json
{"require":{"monolog/monolog":"^3"}}
EOF
RUN composer install --no-dev --optimize-autoloader && chown -R www-data:www-data /var/www/html
