FROM python:3.11-slim
RUN pip install --no-cache-dir uv
WORKDIR /work
COPY . .
RUN uv sync --locked --extra db --group docs --no-group dev
