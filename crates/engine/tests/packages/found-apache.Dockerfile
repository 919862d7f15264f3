FROM debian:bookworm
RUN apt-get update && apt-get install -y apache2 php libapache2-mod-php php-mysql php-gd php-curl && apt-get clean
RUN a2enmod rewrite headers ssl && a2dissite 000-default && echo "ServerName localhost" >> /etc/apache2/apache2.conf
RUN rm -rf /var/www/html && mkdir -p /var/www/html && chown -R www-data:www-data /var/www
COPY --chown=www-data:www-data index.php /var/www/html/
COPY site.conf /etc/apache2/sites-available/site.conf
RUN a2ensite site.conf && sed -i 's/^memory_limit.*/memory_limit = 512M/' /etc/php/8.2/apache2/php.ini
CMD ["apachectl","-D","FOREGROUND"]
