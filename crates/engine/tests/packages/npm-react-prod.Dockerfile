FROM node:20-slim AS build
WORKDIR /app
COPY package.json .
RUN npm install
FROM node:20-slim
WORKDIR /app
ENV NODE_ENV=production
COPY package.json .
RUN npm install && npm cache clean --force
COPY --from=build /app/package-lock.json .
