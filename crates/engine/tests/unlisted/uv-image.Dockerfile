FROM python:3.12-slim
COPY --from=ghcr.io/astral-sh/uv:latest /uv /uvx /bin/
WORKDIR /app
COPY <<EOF requirements.txt
fastapi
uvicorn
EOF
RUN uv pip install --system --no-cache -r requirements.txt
CMD ["uvicorn", "main:app"]
