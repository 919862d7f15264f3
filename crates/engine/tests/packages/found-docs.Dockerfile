FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends doxygen graphviz plantuml python3-sphinx python3-sphinx-rtd-theme make latexmk && rm -rf /var/lib/apt/lists/*
WORKDIR /docs
CMD ["make", "html"]
