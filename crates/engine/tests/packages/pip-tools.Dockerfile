FROM python:3.12-slim
RUN pip install --no-cache-dir pytest pytest-cov black mypy ruff pre-commit tox
RUN pip install --no-cache-dir ansible-core jinja2 pyyaml
