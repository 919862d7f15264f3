FROM debian:trixie AS b
RUN apt-get update && apt-get install -y --no-install-recommends golang-go ca-certificates
WORKDIR /go/src/app
COPY go.mod main.go ./
RUN CGO_ENABLED=0 GOOS=linux go build -ldflags="-s -w" -o /app .
FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* && useradd -r -u 10001 -s /sbin/nologin app
COPY --from=b --chown=app /app /usr/local/bin/app
USER app
ENTRYPOINT ["app"]
