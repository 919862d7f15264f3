FROM python:3.11
WORKDIR /w
RUN git clone https://github.com/x/y . && cd /w
RUN pip install pipenv && pipenv install --system --deploy && pip install uv && uv sync && uv pip install -r requirements.txt
