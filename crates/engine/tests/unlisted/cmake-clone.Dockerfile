FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends build-essential cmake git ca-certificates
WORKDIR /src
RUN git clone --depth 1 https://github.com/x/y.git . 
RUN mkdir build && cd build && cmake .. && make -j4 && make install
RUN cp build/app /usr/local/bin/app2 && chmod +x build/app
FROM debian:bookworm-slim
COPY --from=build /usr/local/ /usr/local/
COPY --from=build /src/build/app /app
