FROM node:20-slim AS build
RUN npm install -g pnpm@9.15.4
WORKDIR /app
COPY package.json pnpm-lock.yaml ./
RUN pnpm install --frozen-lockfile --prod
FROM node:20-slim
COPY --from=build /app/node_modules /app/node_modules
