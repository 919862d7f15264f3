FROM wordpress:6-apache
RUN pecl install redis && docker-php-ext-enable redis && a2enmod headers && echo "upload_max_filesize=64M" > $PHP_INI_DIR/conf.d/x.ini && curl -O https://raw.githubusercontent.com/wp-cli/builds/gh-pages/phar/wp-cli.phar && chmod +x wp-cli.phar && mv wp-cli.phar /usr/local/bin/wp && wp --info
