FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends golang-go ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /src
RUN printf 'module x\n\ngo 1.19\n' > go.mod && printf 'package main\nimport ("fmt";"net/http")\nfunc main(){ http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request){ fmt.Fprintln(w, "hi") }); http.ListenAndServe(":8080", nil) }\n' > main.go
RUN CGO_ENABLED=0 go build -ldflags="-s -w" -o /out/server .
FROM debian:bookworm-slim
RUN groupadd -r app && useradd -r -g app app
COPY --from=build --chown=app:app /out/server /usr/local/bin/server
USER app
