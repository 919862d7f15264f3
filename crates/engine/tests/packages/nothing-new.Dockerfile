FROM debian:bookworm-slim
RUN apt-get update
RUN apt-get install -y tzdata
RUN apt-get install -y tzdata
RUN apt-get install -y --no-install-recommends less
RUN apt-get install -y less tzdata
RUN apt-get upgrade -y
RUN apt-get autoremove -y
RUN apt-get install -y -qq base-files || true
RUN apt-get purge -y nosuchthing || true
RUN apt-get remove -y nano || true
RUN useradd -r -u 10001 app
RUN useradd -u 10002 app2
RUN useradd -u 500 app3
RUN useradd -r -u 150 app4
RUN groupadd -r g5 && useradd -r -g g5 app5
RUN adduser --system --uid 20000 app6
RUN adduser --disabled-password --uid 30000 app7
RUN chsh -s /bin/bash
RUN chage -M 99 app
