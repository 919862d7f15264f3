FROM r-base:4.3.0
RUN R -e "install.packages(c('shiny','dplyr'))" && mkdir /app && Rscript -e 'library(shiny)'
