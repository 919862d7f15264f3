FROM python:3.11
WORKDIR /w
RUN git clone https://github.com/x/y . && cd /w
RUN pip install poetry && poetry install --no-dev && poetry build && poetry run python -m x
