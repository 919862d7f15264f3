FROM debian:bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends g++ make libc6-dev
WORKDIR /src
COPY . .
RUN g++ -O2 -std=c++17 -o server main.cpp
FROM debian:bookworm-slim
COPY --from=build /src/server /usr/local/bin/server
RUN useradd -r -u 999 svc
USER svc
