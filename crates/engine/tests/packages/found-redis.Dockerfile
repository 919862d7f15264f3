FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y redis-server && rm -rf /var/lib/apt/lists/*
RUN sed -i 's/^bind .*/bind 0.0.0.0/; s/^protected-mode yes/protected-mode no/; s/^daemonize yes/daemonize no/' /etc/redis/redis.conf
RUN grep -q '^bind 0.0.0.0' /etc/redis/redis.conf
EXPOSE 6379
CMD ["redis-server", "/etc/redis/redis.conf"]
