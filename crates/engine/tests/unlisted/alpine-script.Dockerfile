FROM alpine:3.20
RUN apk update && apk add bash curl && curl -sSL https://example.com/install.sh | bash -s -- --yes && rm -rf /var/cache/apk/*
RUN mytool --version && mytool init && test -f /root/.mytool/config
