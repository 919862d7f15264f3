FROM debian:trixie-slim
RUN apt-get update
RUN apt-get install -y --no-install-recommends postgresql
