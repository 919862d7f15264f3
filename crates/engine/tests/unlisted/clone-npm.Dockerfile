FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y git nodejs npm
WORKDIR /w
RUN git clone https://github.com/x/y . && cd /w
RUN npm install && npm run build && npm test && node server.js --check && npm prune --production
