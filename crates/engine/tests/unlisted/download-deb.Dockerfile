FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y wget && wget -q https://example.com/tool_1.2_amd64.deb && (dpkg -i tool_1.2_amd64.deb || apt-get install -f -y) && rm tool_1.2_amd64.deb
RUN wget -q https://example.com/other.deb -O /tmp/o.deb && apt-get install -y /tmp/o.deb && rm /tmp/o.deb && other --version
