FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends jupyter-notebook python3-sklearn python3-networkx && rm -rf /var/lib/apt/lists/*
