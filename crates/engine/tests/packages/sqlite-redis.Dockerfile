FROM debian:bookworm-slim
RUN apt-get update
RUN apt-get install -y sqlite3 redis-server
