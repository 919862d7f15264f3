FROM debian:bookworm-slim
COPY *.deb /tmp/
RUN dpkg -i /tmp/greeter_1.2_all.deb
