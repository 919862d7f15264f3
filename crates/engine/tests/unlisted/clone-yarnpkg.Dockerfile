FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y git nodejs npm yarnpkg
WORKDIR /w
RUN git clone https://github.com/x/y . && cd /w
RUN yarnpkg install && yarnpkg build
