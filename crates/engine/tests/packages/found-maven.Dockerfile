FROM debian:bookworm AS build
RUN apt-get update && apt-get install -y openjdk-17-jdk-headless maven && rm -rf /var/lib/apt/lists/*
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends openjdk-17-jre-headless && rm -rf /var/lib/apt/lists/*
ENV JAVA_HOME=/usr/lib/jvm/java-17-openjdk-amd64
RUN java -version && test -x $JAVA_HOME/bin/java && ln -s $JAVA_HOME /opt/java
