FROM debian:trixie
RUN apt-get update && apt-get install -y vim emacs-nox tmux zsh htop fzf ripgrep bat man-db less tree unzip zip rsync strace gdb
RUN ln -s /usr/bin/batcat /usr/local/bin/bat && chsh -s $(which zsh) && rm -rf /usr/share/doc /usr/share/man
