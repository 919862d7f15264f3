FROM node:20-slim
WORKDIR /srv
RUN npm init -y && npm install koa pino zod axios && npm cache clean --force
