FROM node:20-slim
RUN npm install -g pm2 typescript nodemon
