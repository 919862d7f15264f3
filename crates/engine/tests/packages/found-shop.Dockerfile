FROM debian:bookworm-slim
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y mariadb-server && rm -rf /var/lib/apt/lists/*
COPY <<EOF /tmp/init.sql
CREATE DATABASE shop;
CREATE USER 'shop'@'%' IDENTIFIED BY 'shop';
GRANT ALL ON shop.* TO 'shop'@'%';
EOF
RUN service mariadb start && mysql < /tmp/init.sql && service mariadb stop && rm /tmp/init.sql
CMD ["mysqld_safe"]
