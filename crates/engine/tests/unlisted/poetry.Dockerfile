FROM python:3.11-slim AS b
ENV POETRY_HOME=/opt/poetry POETRY_VIRTUALENVS_IN_PROJECT=1
RUN apt-get update && apt-get install --no-install-recommends -y curl build-essential
RUN curl -sSL https://install.python-poetry.org | python3 -
ENV PATH="$POETRY_HOME/bin:$PATH"
WORKDIR /app
COPY <<EOF pyproject.toml
[tool.poetry]
name = "x"
version = "0.1.0"
description = ""
authors = []
[tool.poetry.dependencies]
python = "^3.11"
requests = "*"
EOF
RUN poetry install --no-root --only main
FROM python:3.11-slim
COPY --from=b /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH
RUN python -c "import requests"
