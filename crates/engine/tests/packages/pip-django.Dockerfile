FROM python:3.11-slim
RUN pip install --no-cache-dir django==4.2.7 djangorestframework gunicorn whitenoise boto3 pillow

