FROM debian:bookworm
COPY *.deb /tmp/
RUN apt-get update
RUN dpkg -i /tmp/greeter_1.2_all.deb || apt-get -y --fix-broken install
