FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y curl build-essential && curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y
ENV PATH="/root/.cargo/bin:${PATH}"
WORKDIR /app
COPY <<EOF src/main.rs
fn main() { println!("hi"); }
EOF
COPY <<EOF Cargo.toml
[package]
name = "app"
version = "0.1.0"
edition = "2021"
EOF
RUN cargo build --release && cp target/release/app /usr/local/bin/
