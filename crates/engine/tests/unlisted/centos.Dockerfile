FROM almalinux:9
RUN dnf -y update && dnf -y install epel-release && dnf -y install httpd php && dnf clean all
RUN echo "<?php phpinfo();" > /var/www/html/index.php && systemctl enable httpd && sed -i 's/Listen 80/Listen 8080/' /etc/httpd/conf/httpd.conf
