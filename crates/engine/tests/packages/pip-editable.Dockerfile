FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /venv
WORKDIR /src
COPY <<'P' pyproject.toml
[build-system]
requires = ["setuptools>=61"]
build-backend = "setuptools.build_meta"
[project]
name = "mypkg"
version = "0.3.0"
dependencies = ["click", "jinja2"]
[project.scripts]
mypkg = "mypkg.cli:main"
[project.optional-dependencies]
dev = ["tqdm"]
P
COPY <<'P' mypkg/__init__.py
__version__ = "0.3.0"
P
COPY <<'P' mypkg/cli.py
import click
@click.command()
def main():
    click.echo("hi")
P
RUN /venv/bin/pip install --no-cache-dir -e '.[dev]'
