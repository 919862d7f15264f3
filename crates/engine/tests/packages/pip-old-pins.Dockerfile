FROM python:3.11-slim
RUN pip install --no-cache-dir flask==2.2.5 requests==2.28.2 gunicorn==20.1.0 jinja2==3.0.3
