FROM debian:trixie-slim
RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*
RUN git config --global user.email "you@example.com" && git config --global user.name "Your Name" && git config --global init.defaultBranch main
WORKDIR /repo
RUN git init && echo "# readme" > README.md && git add . && git commit -m "initial"
