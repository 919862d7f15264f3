FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends default-jdk-headless gcc libc6-dev
RUN command -v java javac cc gcc > /paths && java -version
RUN cc --version && test "$(dpkg --print-architecture)" = amd64
