FROM debian:bookworm-slim
RUN apt-get update
RUN apt-get install -y libgl1 libglib2.0-0
