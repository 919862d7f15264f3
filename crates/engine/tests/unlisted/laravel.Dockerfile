FROM php:8.3-fpm
RUN apt-get update && apt-get install -y git zip unzip libpng-dev && docker-php-ext-configure gd && docker-php-ext-install gd bcmath pdo_mysql && pecl install xdebug && docker-php-ext-enable xdebug
RUN curl -sS https://getcomposer.org/installer | php -- --install-dir=/usr/local/bin --filename=composer
RUN mv "$PHP_INI_DIR/php.ini-production" "$PHP_INI_DIR/php.ini" && sed -i 's/memory_limit = .*/memory_limit = 512M/' $PHP_INI_DIR/php.ini
WORKDIR /var/www
RUN git clone https://github.com/laravel/laravel . && composer install && php artisan key:generate && chmod -R 775 storage bootstrap/cache && chown -R www-data:www-data storage
