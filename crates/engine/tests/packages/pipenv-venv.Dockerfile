FROM python:3.12-slim
ENV PIPENV_VENV_IN_PROJECT=1
RUN pip install --no-cache-dir pipenv
WORKDIR /app
COPY Pipfile Pipfile.lock ./
RUN pipenv sync --dev && rm -rf /root/.cache
