FROM ubuntu:24.04
RUN apt-get update && apt-get install -y curl=8.5.0-2ubuntu10.6 jq=1.7*
FROM debian:bookworm-slim
RUN echo "deb [signed-by=/etc/apt/keyrings/nginx.gpg] https://nginx.org/packages/mainline/debian/ bookworm nginx" >> /etc/apt/sources.list.d/nginx.list \
 && apt-get update && apt-get install --no-install-recommends -y nginx=1.27.0-2~bookworm gettext-base \
 && ln -sf /dev/stdout /var/log/nginx/access.log && nginx -v
