FROM debian:bookworm-slim
RUN apt-get update
RUN apt-get install -y --no-install-recommends wget unzip jq git openssh-client rsync vim nano htop procps iputils-ping net-tools dnsutils tini
