FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends imagemagick ghostscript poppler-utils tesseract-ocr tesseract-ocr-deu mosquitto-clients && sed -i 's/rights="none" pattern="PDF"/rights="read|write" pattern="PDF"/' /etc/ImageMagick-6/policy.xml && convert -version && rm -rf /var/lib/apt/lists/*
