FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends gdal-bin python3-gdal python3-numpy && rm -rf /var/lib/apt/lists/* && python3 -c "from osgeo import gdal; print(gdal.__version__)"
