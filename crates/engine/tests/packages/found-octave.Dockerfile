FROM debian:bookworm
RUN apt-get update -qq && apt-get install -qq -y octave octave-statistics gnuplot-nox > /dev/null && apt-get -qq autoremove -y && rm -rf /var/lib/apt/lists/*
WORKDIR /work
ENTRYPOINT ["octave", "--no-gui"]
