FROM debian:bookworm-slim
RUN apt-get update -qq && apt-get install -qq -y --no-install-recommends texlive-latex-base texlive-fonts-recommended latexmk make > /dev/null && apt-get clean && rm -rf /var/lib/apt/lists/*
WORKDIR /doc
COPY <<'EOF' doc.tex
\documentclass{article}
\begin{document}
Hello
\end{document}
EOF
