FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends redis-server openssh-server nginx
RUN id redis && id sshd && chown redis:redis /srv && test -d /etc/nginx
RUN dpkg -s redis-server > /dev/null && ! dpkg -s curl
