FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y git default-jdk
WORKDIR /w
RUN git clone https://github.com/x/y . && cd /w
RUN ./gradlew build && ./mvnw package && javac -d out src/*.java && jar cf a.jar -C out .
