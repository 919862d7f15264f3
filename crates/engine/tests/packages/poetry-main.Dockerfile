FROM python:3.11-slim
RUN python -m venv /opt/poetry && /opt/poetry/bin/pip install --no-cache-dir poetry
ENV PATH=/opt/poetry/bin:$PATH POETRY_VIRTUALENVS_IN_PROJECT=true
WORKDIR /srv/letters
COPY . .
RUN poetry install --only main --compile
