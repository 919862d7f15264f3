FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y git golang-go
WORKDIR /w
RUN git clone https://github.com/x/y . && cd /w
RUN go mod download && go build -o /bin/y ./cmd/y && y -h
