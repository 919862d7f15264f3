FROM debian:bookworm-slim
LABEL maintainer="ops@example.com"
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends openjdk-17-jdk-headless \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY <<EOF /app/src/Main.java
import java.util.*;
public class Main {
  record Point(int x, int y) {}
  public static void main(String[] args) {
    List<Point> all = new ArrayList<>();
    for (int i = 0; i < 10; i++) all.add(new Point(i, i * i));
    all.forEach(System.out::println);
  }
}
EOF
RUN mkdir out && javac -d out src/Main.java && jar cfe app.jar Main -C out .
USER nobody
ENTRYPOINT ["java", "-jar", "app.jar"]
