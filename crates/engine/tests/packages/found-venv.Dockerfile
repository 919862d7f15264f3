FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install --no-install-suggests --no-install-recommends --yes python3-venv gcc libpython3-dev && \
    python3 -m venv /venv && /venv/bin/pip install --upgrade pip setuptools wheel
FROM build AS build-venv
COPY requirements.txt /requirements.txt
RUN /venv/bin/pip install --disable-pip-version-check -r /requirements.txt
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3 && apt-get clean && rm -rf /var/lib/apt/lists/*
RUN adduser --system --group --home /app app
COPY --from=build-venv /venv /venv
COPY --chown=app:app . /app
USER app
WORKDIR /app
ENTRYPOINT ["/venv/bin/python3", "psutil_example.py"]
