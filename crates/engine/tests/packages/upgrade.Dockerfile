FROM debian:bookworm
RUN apt-get update && apt-get upgrade -y && apt-get install -y tree
