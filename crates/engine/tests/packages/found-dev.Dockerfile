FROM debian:trixie
SHELL ["/bin/bash", "-c"]
RUN export DEBIAN_FRONTEND=noninteractive \
    && apt-get update \
    && apt-get install --yes \
        build-essential make cmake pkg-config git curl wget ca-certificates fish sudo locales gnupg docker.io lighttpd \
    && rm -rf /var/lib/apt/lists/*
RUN useradd -ms /usr/bin/fish dev && usermod -aG sudo,docker dev && passwd -d dev
USER dev
WORKDIR /home/dev
RUN git config --global user.email "a@b.c" && git config --global init.defaultBranch main && git init project && mkdir -p ~/.config/fish
