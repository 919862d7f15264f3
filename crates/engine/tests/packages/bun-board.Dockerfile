FROM node:20-slim
RUN npm install -g bun@1 && npm cache clean --force
WORKDIR /app
COPY package.json bun.lock ./
RUN bun install --frozen-lockfile --ignore-scripts
