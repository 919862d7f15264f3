FROM node:20-slim
RUN npm install -g pnpm@9 && npm cache clean --force
WORKDIR /srv
COPY package.json pnpm-lock.yaml ./
RUN --mount=type=cache,target=/store pnpm install --frozen-lockfile --ignore-scripts --store-dir /store
