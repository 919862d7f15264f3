FROM debian:bullseye-slim
RUN apt-get update
RUN apt-get install -y --no-install-recommends postgresql-client redis-tools imagemagick
