FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y git cargo
WORKDIR /w
RUN git clone https://github.com/x/y . && cd /w
RUN cargo build --release && cp target/release/y /usr/local/bin && y --version
