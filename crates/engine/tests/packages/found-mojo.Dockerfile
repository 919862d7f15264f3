FROM debian:bookworm
RUN apt-get update && apt-get install -y cpanminus libdbi-perl libdbd-pg-perl libmojolicious-perl perltidy && rm -rf /var/lib/apt/lists/*
WORKDIR /app
RUN printf '#!/usr/bin/env perl\nuse Mojolicious::Lite;\nget "/" => {text => "hi"};\napp->start;\n' > app.pl && chmod +x app.pl
CMD ["./app.pl", "daemon"]
