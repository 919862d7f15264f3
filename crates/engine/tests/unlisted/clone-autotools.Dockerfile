FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y git build-essential autoconf automake libtool pkg-config
WORKDIR /w
RUN git clone https://github.com/x/y . && cd /w
RUN autoreconf -i && ./configure --enable-x && make -j4 install && ldconfig
