FROM python:3.11-slim
RUN pip install --no-cache-dir poetry
WORKDIR /srv/letters
COPY . .
RUN poetry install --without dev --extras pdf --no-cache
