FROM debian:bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends build-essential cmake ninja-build
WORKDIR /src
COPY <<EOF CMakeLists.txt
cmake_minimum_required(VERSION 3.16)
project(hello CXX)
add_library(greet SHARED greet.cpp)
add_executable(hello main.cpp)
target_link_libraries(hello greet)
install(TARGETS hello greet)
EOF
COPY <<EOF greet.cpp
#include <string>
std::string greet(const std::string& n) { return "hello " + n; }
EOF
COPY <<EOF main.cpp
#include <iostream>
#include <string>
std::string greet(const std::string&);
int main() { std::cout << greet("world") << std::endl; }
EOF
RUN cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release && cmake --build build && cmake --install build --prefix /opt/hello
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y libstdc++6 && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/hello /usr/local
RUN ldconfig
CMD ["hello"]
