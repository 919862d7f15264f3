FROM debian:trixie-slim
RUN apt-get update && apt-get install -y mosquitto mosquitto-clients libmosquitto-dev && rm -rf /var/lib/apt/lists/*
RUN mkdir -p /mosquitto/config /mosquitto/data /mosquitto/log && chown -R mosquitto:mosquitto /mosquitto
RUN echo "listener 1883\nallow_anonymous true" > /mosquitto/config/mosquitto.conf
USER mosquitto
