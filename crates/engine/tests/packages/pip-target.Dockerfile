FROM python:3.11-slim
RUN pip install --no-cache-dir --target /srv/lib --no-compile requests
RUN pip install --no-cache-dir --prefix /srv/p aiohttp uvloop
