FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev make curl && apt-get purge -y --auto-remove gcc libc6-dev make
RUN apt-get update
RUN apt-get purge -y curl
RUN apt-get autoremove -y
