FROM node:20-slim
WORKDIR /w
RUN npm install --no-save webpack webpack-cli @babel/core @babel/preset-env && rm -rf ~/.npm
