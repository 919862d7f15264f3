FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends r-base-core r-cran-jsonlite r-cran-dplyr littler && rm -rf /var/lib/apt/lists/*
RUN Rscript -e 'library(jsonlite); cat(toJSON(list(a=1)))'
