FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y curl && curl -fsSL https://deb.nodesource.com/setup_20.x | bash - && apt-get install -y nodejs && npm install -g yarn && node -v && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY <<EOF package.json
{"name":"x","version":"1.0.0","scripts":{"build":"echo hi"}}
EOF
RUN yarn install && yarn build
