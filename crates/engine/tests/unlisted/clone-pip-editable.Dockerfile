FROM python:3.11
WORKDIR /w
RUN git clone https://github.com/x/y . && cd /w
RUN pip install -e .[dev] && pip install --no-cache-dir -r requirements/prod.txt -c constraints.txt && pytest && python -m build && pip install dist/*.whl
