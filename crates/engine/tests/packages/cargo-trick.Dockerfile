FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends cargo
WORKDIR /app
COPY Cargo.toml ./
RUN mkdir src && echo 'fn main() {}' > src/main.rs && cargo build --release && rm -r src
COPY src src
RUN touch src/main.rs && cargo build --release
RUN cargo install --path . --root /usr/local
RUN cargo new --vcs none other && cd other && cargo build
RUN rm -rf target other
