FROM debian:bookworm-slim
RUN mkdir -p /usr/share/man/man1 && apt-get update && apt-get -y upgrade \
 && apt-get install -y --no-install-recommends openjdk-17-jre-headless tzdata unzip wget gnupg \
 && ln -fs /usr/share/zoneinfo/Europe/Berlin /etc/localtime && dpkg-reconfigure -f noninteractive tzdata \
 && apt-get autoremove -y && apt-get clean && rm -rf /var/lib/apt/lists/* /tmp/* /var/tmp/*
RUN groupadd -r kafka && useradd -r -g kafka -d /opt/kafka -s /sbin/nologin kafka && mkdir -p /opt/kafka /var/lib/kafka && chown -R kafka:kafka /opt/kafka /var/lib/kafka
RUN java -version
USER kafka
