FROM debian:bookworm-slim
COPY *.deb /tmp/
RUN apt-get update && apt-get install -y --no-install-recommends /tmp/greeter_1.2_all.deb
RUN apt-get purge -y greeter
