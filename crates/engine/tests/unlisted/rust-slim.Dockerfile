FROM rust:1.79 AS b
WORKDIR /a
COPY <<EOF Cargo.toml
[package]
name = "svc"
version = "0.1.0"
edition = "2021"
[dependencies]
serde = "1"
EOF
COPY <<EOF src/main.rs
fn main() { println!("x"); }
EOF
RUN cargo build --release
FROM debian:bookworm-slim
COPY --from=b /a/target/release/svc /usr/local/bin/svc
CMD ["svc"]
