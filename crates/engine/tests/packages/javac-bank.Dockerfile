FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends openjdk-21-jdk-headless
WORKDIR /src
COPY Bank.java .
RUN javac -d out Bank.java
RUN jar cfe bank.jar Bank -C out .
