# syntax=docker/dockerfile:1
FROM --platform=$BUILDPLATFORM golang:1.22 AS build
ARG TARGETOS TARGETARCH
WORKDIR /src
COPY <<EOF go.mod
module m
go 1.22
EOF
COPY <<EOF main.go
package main
func main() {}
EOF
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /out/m .
FROM alpine:3.20
RUN apk --no-cache add ca-certificates tzdata && addgroup -S app && adduser -S app -G app
COPY --from=build /out/m /usr/local/bin/m
USER app
ENTRYPOINT ["m"]
