FROM python:3.11-slim
RUN pip install --no-cache-dir uv
RUN uv venv /opt/py && VIRTUAL_ENV=/opt/py uv pip install --compile-bytecode django celery redis
RUN UV_NO_CACHE=1 uv pip install --system httpx
