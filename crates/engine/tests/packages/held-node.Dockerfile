FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends nodejs npm && rm -rf /var/lib/apt/lists/* && npm config set fund false && npm config set audit false
WORKDIR /app
COPY package.json .
RUN npm install --omit=dev && npm cache clean --force
COPY . .
USER nobody
CMD ["node","index.js"]
