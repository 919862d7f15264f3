FROM debian:trixie
RUN sed -i '/^deb /{p;s/^deb /deb-src /}' /etc/apt/sources.list && apt-get update
RUN apt-get build-dep -y nano
