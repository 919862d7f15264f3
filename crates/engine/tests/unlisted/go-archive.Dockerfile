FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y curl git && curl -sL https://go.dev/dl/go1.22.0.linux-amd64.tar.gz | tar -C /usr/local -xz
ENV PATH=$PATH:/usr/local/go/bin
WORKDIR /src
COPY <<EOF go.mod
module x
go 1.22
EOF
COPY <<EOF main.go
package main
import "fmt"
func main() { fmt.Println("x") }
EOF
RUN go build -o /app .
FROM scratch
COPY --from=0 /app /app
