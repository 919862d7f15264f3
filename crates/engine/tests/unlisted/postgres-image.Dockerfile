FROM postgres:16
ENV POSTGRES_PASSWORD=x
RUN localedef -i de_DE -c -f UTF-8 -A /usr/share/locale/locale.alias de_DE.UTF-8
COPY <<EOF /docker-entrypoint-initdb.d/init.sql
select 1;
EOF
RUN chmod 644 /docker-entrypoint-initdb.d/init.sql && mkdir -p /var/lib/postgresql/x && chown postgres:postgres /var/lib/postgresql/x
USER postgres
RUN id && whoami
