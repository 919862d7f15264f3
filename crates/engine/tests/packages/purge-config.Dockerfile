FROM debian:trixie-slim
RUN apt-get update
RUN apt-get install -y --no-install-recommends nginx-light openssh-server
RUN apt-get remove -y nginx-light
RUN apt-get purge -y openssh-server && apt-get autoremove -y --purge
RUN apt-get clean
