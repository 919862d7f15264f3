FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y git cargo
WORKDIR /w
RUN git clone https://github.com/x/y . && cd /w
RUN cargo install --path . && cargo test
