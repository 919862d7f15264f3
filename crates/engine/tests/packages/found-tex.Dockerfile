FROM debian:trixie-slim
RUN apt-get update -qq && apt-get install -qq -y --no-install-recommends texlive-latex-base texlive-latex-recommended latexmk pandoc make && rm -rf /var/lib/apt/lists/*
WORKDIR /doc
