FROM debian:bookworm-slim
RUN apt-get update && apt-get -yq install --no-install-recommends wkhtmltopdf xvfb xfonts-75dpi xfonts-base fonts-freefont-ttf fontconfig \
 && fc-cache -f && rm -rf /var/lib/apt/lists/*
RUN printf '#!/bin/bash\nxvfb-run -a --server-args="-screen 0, 1024x768x24" /usr/bin/wkhtmltopdf -q $*' > /usr/bin/wkhtmltopdf.sh && chmod a+x /usr/bin/wkhtmltopdf.sh && ln -s /usr/bin/wkhtmltopdf.sh /usr/local/bin/wkhtmltopdf
