FROM python:3.12-slim
WORKDIR /srv
RUN python -m venv env && . env/bin/activate && pip install --no-cache-dir flask pyyaml
SHELL ["/bin/bash", "-c"]
RUN source env/bin/activate; pip install --no-cache-dir rich && deactivate && pip install --no-cache-dir tabulate
RUN . env/bin/activate && which python && python -m pip uninstall -y flask
