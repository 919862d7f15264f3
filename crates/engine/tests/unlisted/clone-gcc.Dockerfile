FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y git build-essential
WORKDIR /w
RUN git clone https://github.com/x/y . && cd /w
RUN gcc -o a main.c util.c && g++ -o b *.cpp -Iinclude && ./a && ar rcs l.a *.o && strip b && ./configure && make && make test && make install
