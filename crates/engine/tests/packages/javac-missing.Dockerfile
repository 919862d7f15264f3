FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends openjdk-21-jdk-headless
WORKDIR /src
RUN javac Main.java
