FROM python:3.11-slim
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
RUN pip install --no-cache-dir celery==5.3.6 redis==5.0.1 sqlalchemy==2.0.23 psycopg2-binary==2.9.9 flower
