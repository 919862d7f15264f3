FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y wget && wget -q https://repo.anaconda.com/miniconda/Miniconda3-latest-Linux-x86_64.sh -O m.sh && bash m.sh -b -p /opt/conda && rm m.sh
ENV PATH=/opt/conda/bin:$PATH
RUN conda install -y numpy && conda clean -afy && python -c "import numpy"
