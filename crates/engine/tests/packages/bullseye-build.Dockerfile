FROM debian:bullseye
RUN apt-get update && apt-get install -y --no-install-recommends build-essential python3-dev libpq-dev
RUN apt-get purge -y libpq-dev && apt-get autoremove -y
