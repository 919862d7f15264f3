FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends prometheus prometheus-node-exporter prometheus-alertmanager && rm -rf /var/lib/apt/lists/*
RUN sed -i 's/scrape_interval:.*/scrape_interval: 5s/' /etc/prometheus/prometheus.yml
