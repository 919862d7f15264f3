FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends golang-go ca-certificates git && rm -rf /var/lib/apt/lists/*
ENV GOPATH=/go PATH=/go/bin:$PATH CGO_ENABLED=0
WORKDIR /go/src/app
COPY <<EOF go.mod
module example.com/app

go 1.19
EOF
COPY <<EOF main.go
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]string{"host": r.Host})
	})
	fmt.Fprintln(os.Stderr, http.ListenAndServe(":8080", nil))
}
EOF
RUN go vet ./... && go build -ldflags="-s -w" -o /usr/local/bin/app . && go clean -cache
CMD ["app"]
