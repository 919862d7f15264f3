FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y git nodejs npm
WORKDIR /w
RUN git clone https://github.com/x/y . && cd /w
RUN npm ci && npx tsc && npm link
