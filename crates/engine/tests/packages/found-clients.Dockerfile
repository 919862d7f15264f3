FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y default-mysql-client postgresql-client redis-tools sqlite3 unixodbc-dev freetds-dev tdsodbc && apt-get autoclean && rm -rf /var/lib/apt/lists/* /tmp/* /var/tmp/*
