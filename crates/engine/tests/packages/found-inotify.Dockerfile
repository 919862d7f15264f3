FROM debian:trixie-slim
ENV CODEDIR=/app
WORKDIR ${CODEDIR}
RUN apt update && apt install --no-install-recommends --no-install-suggests -yq \
    inotify-tools \
    curl \
    util-linux \
    ffmpeg
COPY run.sh defaults.env ${CODEDIR}/
CMD ./run.sh
