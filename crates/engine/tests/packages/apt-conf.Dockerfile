FROM debian:bookworm-slim
RUN printf 'APT::Install-Recommends "0";\nAPT::Install-Suggests "0";\nAPT::Get::Assume-Yes "true";\n' > /etc/apt/apt.conf.d/01lean
RUN apt-get update && apt-get install vim-tiny curl
COPY <<'A' /etc/apt/apt.conf.d/99later
APT {
  // as people have it
  Install-Recommends "true";
  Get { Purge "true"; };
};
A
RUN apt-get install file
RUN apt-get remove --auto-remove vim-tiny
