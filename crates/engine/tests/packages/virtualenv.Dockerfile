FROM python:3.12-slim
RUN pip install --no-cache-dir virtualenv && virtualenv /opt/env
RUN /opt/env/bin/pip install --no-cache-dir requests
RUN virtualenv -p python3 --no-pip /opt/bare
