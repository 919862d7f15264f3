FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y imagemagick ghostscript poppler-utils tesseract-ocr tesseract-ocr-deu exiftool graphviz gnuplot-nox && rm -rf /var/lib/apt/lists/*
RUN sed -i 's/rights="none" pattern="PDF"/rights="read|write" pattern="PDF"/' /etc/ImageMagick-6/policy.xml
