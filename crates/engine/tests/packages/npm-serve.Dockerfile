FROM node:20-slim
RUN npm i -g serve http-server && rm -rf /root/.npm
