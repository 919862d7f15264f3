FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y git python3 python3-pip python3-venv
WORKDIR /w
RUN git clone https://github.com/x/y . && cd /w
RUN python3 -m venv v && . v/bin/activate && pip install -r requirements.txt && pip install . && python setup.py install && y --help
