FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends gdal-bin python3-gdal libspatialindex-dev r-base-core octave lua5.4 luarocks cpanminus && rm -rf /var/lib/apt/lists/*
