FROM debian:bookworm
RUN apt-get update
RUN apt-get install -y libpq-dev libffi-dev libssl-dev pkg-config gcc
