FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y curl ca-certificates lsb-release \
 && echo "deb [signed-by=/usr/share/keyrings/pgdg.asc] https://apt.postgresql.org/pub/repos/apt $(lsb_release -cs)-pgdg main" > /etc/apt/sources.list.d/pgdg.list \
 && echo "deb https://packages.example.org/debian stable main" > /etc/apt/sources.list.d/example.list \
 && apt-get update && apt-get install -y postgresql-client-17 nginx
RUN psql --version && example-program --check
