FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends openjdk-21-jdk-headless
WORKDIR /src
COPY Shapes.java Helper.java ./
RUN javac Shapes.java Helper.java
RUN javac -d /classes *.java && rm *.java
