FROM debian:bookworm
RUN apt-get update && apt-get install -y sudo locales tzdata zsh git vim tmux htop bash-completion man-db less
RUN sed -i '/en_US.UTF-8/s/^# //g' /etc/locale.gen && locale-gen && ln -fs /usr/share/zoneinfo/Europe/Berlin /etc/localtime && dpkg-reconfigure -f noninteractive tzdata
RUN useradd -ms /usr/bin/zsh -G sudo dev && echo 'dev ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/dev && chmod 440 /etc/sudoers.d/dev
USER dev
WORKDIR /home/dev
RUN sudo mkdir -p /workspace && sudo chown dev:dev /workspace && git config --global init.defaultBranch main && git init /workspace/x && cd /workspace/x && git -c user.name=a -c user.email=a@b commit --allow-empty -m first
ENV LANG=en_US.UTF-8
