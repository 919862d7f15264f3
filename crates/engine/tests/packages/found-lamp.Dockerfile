FROM debian:trixie
RUN apt-get update && apt-get install -y --no-install-recommends apache2 libapache2-mod-php php-sqlite3 php-xml openssl && apt-get clean && rm -rf /var/lib/apt/lists/*
RUN a2enmod rewrite ssl headers && a2ensite default-ssl && a2disconf serve-cgi-bin && printf 'ServerName x\n' > /etc/apache2/conf-available/name.conf && a2enconf name
RUN openssl req -x509 -nodes -newkey rsa:2048 -days 30 -subj /CN=x -keyout /etc/ssl/private/x.key -out /etc/ssl/certs/x.pem && chmod 640 /etc/ssl/private/x.key && chgrp ssl-cert /etc/ssl/private/x.key || true
RUN ln -sf /proc/self/fd/1 /var/log/apache2/access.log && ln -sf /proc/self/fd/2 /var/log/apache2/error.log
