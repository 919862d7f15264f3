FROM node:22
WORKDIR /w
RUN git clone https://github.com/x/y . && cd /w
RUN yarn install --frozen-lockfile && yarn build && npm pack
