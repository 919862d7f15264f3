FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y ca-certificates curl gnupg \
 && install -d /etc/apt/keyrings \
 && curl -fsSL https://deb.nodesource.com/gpgkey/nodesource-repo.gpg.key | gpg --dearmor -o /etc/apt/keyrings/nodesource.gpg \
 && echo "deb [signed-by=/etc/apt/keyrings/nodesource.gpg] https://deb.nodesource.com/node_22.x nodistro main" > /etc/apt/sources.list.d/nodesource.list \
 && apt-get update && apt-get install -y nodejs && rm -rf /var/lib/apt/lists/*
RUN node --version && npm install -g typescript
