FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y git
WORKDIR /w
RUN git clone https://github.com/x/y . && cd /w
RUN cp -r conf/* /etc/ && install -m 755 bin/y /usr/local/bin/y && chmod +x scripts/*.sh && scripts/setup.sh && ln -s /w/y.conf /etc/y.conf && mv data /data && cat VERSION && source_ver=$(cat VERSION) && sed -i s/a/b/ config.ini && grep -q x README.md && patch -p1 < fix.patch && tar czf /a.tgz src && find . -name '*.py' -delete && test -f LICENSE && [ -d docs ] && head -1 x.txt | tee y.txt && sort -u z > z2 && rm -rf .git && diff a b || true
