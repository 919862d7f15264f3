FROM continuumio/miniconda3
COPY <<EOF environment.yml
name: x
dependencies: [python=3.11, numpy]
EOF
RUN conda env create -f environment.yml && conda clean -afy
SHELL ["conda", "run", "-n", "x", "/bin/bash", "-c"]
RUN python -c "import numpy" && pip install x
