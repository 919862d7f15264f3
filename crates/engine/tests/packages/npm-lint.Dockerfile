FROM node:20-slim
WORKDIR /srv
COPY package.json .
RUN npm install && rm -rf /root/.npm
