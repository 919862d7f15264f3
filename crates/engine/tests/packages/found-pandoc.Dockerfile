FROM debian:trixie
RUN apt-get update && apt-get install --yes --no-install-recommends texlive-latex-base pandoc graphviz make \
  && apt-get autoremove -y && apt-get clean -y && rm -rf /var/lib/apt/lists/*
WORKDIR /doc
COPY <<EOF g.dot
digraph { a -> b; b -> c; }
EOF
COPY <<EOF readme.md
# Title

Some *text*.
EOF
RUN dot -Tsvg g.dot -o g.svg && pandoc readme.md -o readme.html
