FROM nvidia/cuda:12.1.0-runtime-ubuntu22.04
RUN apt-get update && apt-get install -y python3-pip && pip3 install torch --index-url https://download.pytorch.org/whl/cu121 && python3 -c "import torch"
