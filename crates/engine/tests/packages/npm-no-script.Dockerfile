FROM node:20-slim
WORKDIR /x
COPY package.json .
RUN npm run build
