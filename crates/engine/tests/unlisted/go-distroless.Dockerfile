FROM golang:1.22-alpine AS b
RUN apk add --no-cache git ca-certificates && update-ca-certificates
WORKDIR /src
COPY <<EOF go.mod
module x
go 1.22
EOF
COPY <<EOF main.go
package main
import "net/http"
func main() { http.ListenAndServe(":80", nil) }
EOF
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /bin/x .
FROM gcr.io/distroless/static:nonroot
COPY --from=b /bin/x /x
USER nonroot
ENTRYPOINT ["/x"]
