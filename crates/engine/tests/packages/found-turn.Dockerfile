FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends coturn sqlite3 libpq5 \
    && rm -rf /var/lib/apt/lists/* \
    && setcap cap_net_bind_service=+ep /usr/bin/turnserver || true
RUN echo "TURNSERVER_ENABLED=1" > /etc/default/coturn && sed -i '/^#realm/s/^#//' /etc/turnserver.conf
USER turnserver
