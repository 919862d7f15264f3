FROM debian:bookworm-slim
RUN apt-get update
RUN apt-get install -y default-mysql-client default-libmysqlclient-dev
