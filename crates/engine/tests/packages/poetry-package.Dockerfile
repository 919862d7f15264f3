FROM python:3.12-slim
RUN pip install --no-cache-dir poetry
WORKDIR /code
COPY pyproject.toml poetry.lock ./
COPY src src
RUN poetry install
