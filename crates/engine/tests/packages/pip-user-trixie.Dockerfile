FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip python3-venv
RUN pip install --break-system-packages --no-cache-dir httpx rich typer
RUN python3 -m venv --without-pip /srv/a
RUN useradd -m app
USER app
RUN pip install --user --no-cache-dir --break-system-packages flask
