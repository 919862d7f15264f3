FROM node:20-slim
WORKDIR /x
RUN npm run build
