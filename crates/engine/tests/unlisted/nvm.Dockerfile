FROM debian:bookworm-slim
SHELL ["/bin/bash", "--login", "-c"]
RUN apt-get update && apt-get install -y curl git && curl -o- https://raw.githubusercontent.com/nvm-sh/nvm/v0.39.7/install.sh | bash
RUN source ~/.nvm/nvm.sh && nvm install 20 && nvm use 20 && node -v && npm i -g pnpm
ENV NVM_DIR /root/.nvm
RUN . "$NVM_DIR/nvm.sh" && nvm alias default 20 && npm --version
