FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends build-essential curl ca-certificates autoconf automake
RUN curl -fsSL https://example.com/foo-1.0.tar.gz | tar xz && cd foo-1.0 && ./configure --prefix=/opt/foo && make -j$(nproc) && make install
RUN cd /foo-1.0 && make check && strip src/foo
RUN wc -l /opt/foo/share/x.txt > /n; grep foo /opt/foo/etc/conf && sed -i s/a/b/ /opt/foo/etc/conf
FROM debian:bookworm-slim
COPY --from=build /opt/foo /opt/foo
COPY --from=build /usr/local/bin/foo /usr/local/bin/
RUN ldconfig && /opt/foo/bin/foo --version
