FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y git maven default-jdk
WORKDIR /w
RUN git clone https://github.com/x/y . && cd /w
RUN mvn -B package && java -jar target/y.jar --version && cp target/*.jar /app.jar
