FROM node:20-slim
RUN npm install -g yarn@1.22.22 && npm cache clean --force
WORKDIR /app
COPY package.json yarn.lock ./
RUN yarn install --production --frozen-lockfile && yarn cache clean
