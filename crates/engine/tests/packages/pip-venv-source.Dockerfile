FROM python:3.11-slim
WORKDIR /srv
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN printf 'sqlalchemy\nalembic\nmarshmallow\n' > requirements.txt && python3 -m venv .venv && source .venv/bin/activate && pip install --no-cache-dir -r requirements.txt
