FROM debian:bookworm
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN rm -f /etc/apt/apt.conf.d/docker-clean; echo 'Binary::apt::APT::Keep-Downloaded-Packages "true";' > /etc/apt/apt.conf.d/keep-cache
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt,sharing=locked \
  apt-get update && apt-get --no-install-recommends install -y gcc make libc6-dev
WORKDIR /src
COPY <<'EOF' Makefile
CC ?= gcc
CFLAGS = -O2 -Wall
OBJS = main.o util.o
app: $(OBJS)
	$(CC) -o $@ $^
%.o: %.c util.h
	$(CC) $(CFLAGS) -c $< -o $@
install: app
	install -D -m 755 app $(DESTDIR)/usr/local/bin/app
clean:
	rm -f *.o app
.PHONY: clean install
EOF
COPY <<EOF util.h
int twice(int);
EOF
COPY <<EOF util.c
#include "util.h"
int twice(int x) { return 2 * x; }
EOF
COPY <<EOF main.c
#include <stdio.h>
#include "util.h"
int main(void) { printf("%d\n", twice(21)); return 0; }
EOF
RUN make && make install && make clean
CMD ["app"]
