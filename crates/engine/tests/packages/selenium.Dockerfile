FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends firefox-esr xvfb python3-selenium
