FROM debian:trixie-slim AS get
RUN apt-get update && apt-get install -y --no-install-recommends unzip zip && cd /tmp && echo hi > a.txt && zip a.zip a.txt && mkdir -p /opt/srv && unzip a.zip -d /opt/srv && rm a.zip
FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends default-jre-headless && rm -rf /var/lib/apt/lists/* && java -version && groupadd -g 185 jb && useradd -u 185 -g jb -m -d /opt/jb jb
COPY --from=get --chown=jb:jb /opt/srv /opt/jb/srv
USER jb
WORKDIR /opt/jb
RUN mkdir data logs && ln -s logs log && touch data/.keep
