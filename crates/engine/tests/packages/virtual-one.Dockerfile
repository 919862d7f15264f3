FROM debian:bookworm-slim
RUN apt-get update
RUN apt-get install -y --no-install-recommends libgl-dev default-dbus-session-bus
