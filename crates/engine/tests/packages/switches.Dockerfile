FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends apache2 php-cli php-gd php-fpm libapache2-mod-php cron git libcap2-bin perl gnupg binutils patch file jq gettext-base lsb-release fontconfig fonts-dejavu-core rsync python3 sudo ucf dpkg-dev xxd bc zsh openssl ca-certificates lighttpd tzdata locales openssh-server adduser gcc libc6-dev debconf-utils iputils-ping zstd cpio
RUN a2enmod rewrite headers
RUN a2enmod ssl
RUN a2dissite 000-default
COPY site.conf /etc/apache2/sites-available/site.conf
RUN a2ensite site.conf
RUN a2enconf serve-cgi-bin; a2disconf charset
RUN a2dismod -f status
RUN a2enmod rewrite
RUN a2enmod proxy_fcgi setenvif && a2enconf php8.2-fpm
RUN phpdismod gd
RUN phpenmod gd
RUN phpdismod -s cli gd
RUN php -v
COPY tab /etc/cron.d/tab
RUN crontab /etc/cron.d/tab
RUN echo "* * * * * x" | crontab -
RUN crontab -u games /etc/cron.d/tab
RUN crontab -l
RUN crontab -r
RUN update-rc.d cron disable
RUN update-rc.d cron enable
RUN update-rc.d -f cron remove
RUN update-rc.d cron defaults
RUN setcap cap_net_raw+ep /usr/bin/xxd
RUN getcap /usr/bin/xxd
RUN cp /usr/bin/file /x && strip /x
RUN git config --global user.name "A B"
RUN git config --global user.email a@b.c
RUN git config --system core.editor vi
RUN git config --global --add safe.directory '*'
RUN git init /repo
RUN cd /repo && git config core.x y
RUN perl -pi -e 's/root/ROOT/' /etc/cron.d/tab
RUN perl -i.bak -pe 's/ROOT/root/' /etc/cron.d/tab
RUN perl -e 'print 1'
RUN echo abc | gpg --dearmor -o /usr/share/keyrings/x.gpg || true
RUN gpg --list-keys
RUN update-ca-certificates
COPY own.crt /usr/local/share/ca-certificates/own.crt
RUN update-ca-certificates
RUN update-ca-certificates --fresh
RUN ldd /bin/ls && file /bin/ls && lsb_release -cs && echo '{}' | jq . && echo a | envsubst && echo 1+1 | bc && xxd /etc/passwd && dpkg-architecture
RUN python3 -c 'import json; print(1)'
RUN python3 -c 'import uuid, sqlite3'
RUN dpkg-divert --local --rename --add /usr/bin/bc
RUN dpkg-divert --local --rename --remove /usr/bin/bc
RUN dpkg-statoverride --update --add root games 4750 /usr/bin/bc
RUN visudo -c
RUN ssh-keyscan -H 127.0.0.1 >> /etc/ssh/ssh_known_hosts || true
RUN apachectl configtest
RUN zsh -c 'echo hi > /zz'
RUN ln -fs /usr/share/zoneinfo/Europe/London /etc/localtime && dpkg-reconfigure --frontend noninteractive tzdata
RUN echo America/New_York > /etc/timezone && dpkg-reconfigure -f noninteractive tzdata
RUN rm -f /etc/localtime && echo America/New_York > /etc/timezone && dpkg-reconfigure -f noninteractive tzdata
RUN sed -i 's/# de_DE.UTF-8/de_DE.UTF-8/' /etc/locale.gen && dpkg-reconfigure -f noninteractive locales
RUN lighty-enable-mod fastcgi
RUN lighttpd-enable-mod accesslog || true
RUN groupmod -g 777 games
RUN mkfifo /fifo; ping -c1 127.0.0.1 || true
RUN rsync -a /etc/apache2/ /copy/
RUN systemctl enable cron || true
RUN printf 'int main(){return 0;}' > /m.c && gcc -O2 -o /m /m.c
RUN gcc -O2 -static -o /ms /m.c
RUN echo 'locales locales/default_environment_locale select en_US.UTF-8' | debconf-set-selections
RUN php -r 'echo 1;'
RUN sudo -u games id; sudo true
RUN su games -s /bin/sh -c id
RUN passwd -l games; chage -M 99 games
RUN shred -u /sel; true
