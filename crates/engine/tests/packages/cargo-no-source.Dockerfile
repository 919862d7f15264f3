FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends cargo
WORKDIR /app
COPY Cargo.toml .
RUN cargo build --release
