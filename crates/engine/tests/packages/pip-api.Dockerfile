FROM python:3.12-slim
WORKDIR /app
RUN pip install --no-cache-dir --upgrade pip
RUN pip install --no-cache-dir "fastapi[standard]" "sqlalchemy>=2" alembic psycopg2-binary "python-jose[cryptography]" "passlib[bcrypt]" redis celery
