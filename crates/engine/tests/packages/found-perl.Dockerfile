FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends perl libjson-perl libdbi-perl libwww-perl cpanminus make gcc && rm -rf /var/lib/apt/lists/*
COPY --chmod=755 <<'EOF' /usr/local/bin/hello.pl
#!/usr/bin/perl
use strict; use warnings; use JSON;
print encode_json({hello => "world"}), "\n";
EOF
RUN hello.pl && perl -MJSON -e 'print "ok\n"' > /ok && perl -v > /version
