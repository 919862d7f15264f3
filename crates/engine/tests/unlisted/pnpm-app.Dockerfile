FROM node:22-slim AS b
WORKDIR /app
RUN corepack enable && corepack prepare pnpm@9 --activate
COPY package*.json ./
RUN pnpm install --frozen-lockfile
COPY . .
RUN pnpm run build && pnpm prune --prod
FROM node:22-slim
COPY --from=b /app/dist ./dist
