FROM debian:trixie-slim AS builder
RUN apt-get update && apt-get install -y gcc make
WORKDIR /src
COPY . .
RUN make && strip hello
FROM scratch
COPY --from=builder /src/hello /hello
CMD ["/hello"]
