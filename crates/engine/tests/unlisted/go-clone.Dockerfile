FROM golang:1.22
RUN go install github.com/cosmtrek/air@latest && air -v
RUN git clone https://github.com/x/y /src && cd /src && go mod download && go build -o /bin/y ./cmd/y && y -h
RUN apt-get update && apt-get install -y protobuf-compiler && protoc --version
