FROM debian:bookworm
RUN apt-get update && apt-get install -y postgresql postgresql-contrib sudo && rm -rf /var/lib/apt/lists/*
RUN echo "host all all 0.0.0.0/0 md5" >> /etc/postgresql/15/main/pg_hba.conf && echo "listen_addresses='*'" >> /etc/postgresql/15/main/postgresql.conf
EXPOSE 5432
VOLUME ["/etc/postgresql", "/var/log/postgresql", "/var/lib/postgresql"]
