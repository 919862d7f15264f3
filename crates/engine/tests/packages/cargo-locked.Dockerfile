FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends cargo
WORKDIR /app
COPY Cargo.toml ./
COPY src src
RUN cargo build --release --locked
