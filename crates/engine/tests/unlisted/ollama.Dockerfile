FROM ubuntu:24.04
RUN apt-get update && apt-get install -y curl ca-certificates && curl -fsSL https://ollama.com/install.sh | sh && ollama --version
RUN bash -c "ollama serve & sleep 5 && ollama pull tinyllama"
