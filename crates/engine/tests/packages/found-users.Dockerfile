FROM debian:trixie-slim
RUN groupadd -g 1234 user && useradd -l -u 1234 -g user -m user && usermod -p "*" user -s /bin/bash
RUN apt-get update && apt-get install -y --no-install-recommends sudo acl gosu tini dumb-init && rm -rf /var/lib/apt/lists/* && echo "user ALL=(ALL) NOPASSWD:ALL" >> /etc/sudoers
USER user
WORKDIR /home/user/app
RUN echo 'export PATH=$PATH:~/bin' >> ~/.bashrc && mkdir -p ~/bin logs && umask 077 && date > logs/started || exit 3
COPY --chown=1234:1234 --chmod=755 run.sh .
