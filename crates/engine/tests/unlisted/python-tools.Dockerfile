FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-pip pipx && rm -rf /var/lib/apt/lists/*
RUN pip install --break-system-packages --no-cache-dir uv
WORKDIR /app
RUN uv venv && uv pip install flask && .venv/bin/flask --version
RUN pipx install black && /root/.local/bin/black --version
