FROM node:20-slim
WORKDIR /app
RUN npm install --no-audit @nestjs/core @nestjs/common @nestjs/platform-express reflect-metadata rxjs socket.io webpack
