FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends erlang-base erlang-dev elixir git make && rm -rf /var/lib/apt/lists/*
RUN elixir --version
