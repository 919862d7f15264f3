FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /docs && /docs/bin/pip install --no-cache-dir mkdocs-material sphinx
