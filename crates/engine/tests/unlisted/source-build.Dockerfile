FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y build-essential git cmake && git clone --recursive https://github.com/x/y /y && cd /y && mkdir build && cd build && cmake -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr .. && make -j"$(nproc)" && make install && ldconfig && cd / && rm -rf /y && y --version
RUN git clone https://github.com/x/z && cd z && ./autogen.sh && ./configure && make && make install && cd .. && rm -rf z && which z
RUN git clone https://github.com/x/q && cd q && meson setup build && ninja -C build && ninja -C build install && q -h
RUN cd /tmp && wget -q http://x/y.tgz || true
