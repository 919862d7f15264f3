FROM node:20-slim
RUN apt-get update && apt-get install -y wget gnupg && wget -q -O - https://dl-ssl.google.com/linux/linux_signing_key.pub | apt-key add - && sh -c 'echo "deb [arch=amd64] http://dl.google.com/linux/chrome/deb/ stable main" >> /etc/apt/sources.list.d/google.list' && apt-get update && apt-get install -y google-chrome-stable fonts-ipafont-gothic --no-install-recommends && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY <<EOF package.json
{"dependencies":{"puppeteer":"^21"}}
EOF
RUN PUPPETEER_SKIP_DOWNLOAD=1 npm i && groupadd -r pptruser && useradd -r -g pptruser -G audio,video pptruser && chown -R pptruser:pptruser /app
USER pptruser
