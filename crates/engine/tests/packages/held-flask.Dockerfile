FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-flask gunicorn nginx supervisor && rm -rf /var/lib/apt/lists/*
RUN useradd --system --create-home --home-dir /srv/app --shell /usr/sbin/nologin app && rm /etc/nginx/sites-enabled/default
COPY app.py /srv/app/
COPY site /etc/nginx/sites-available/app
RUN ln -s ../sites-available/app /etc/nginx/sites-enabled/app && nginx -t && chown -R app: /srv/app
EXPOSE 80
CMD ["supervisord","-n"]
