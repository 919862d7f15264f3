FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends g++-mingw-w64-x86-64 cmake ninja-build qttools5-dev && rm -rf /var/lib/apt/lists/* && update-alternatives --set x86_64-w64-mingw32-g++ /usr/bin/x86_64-w64-mingw32-g++-posix
