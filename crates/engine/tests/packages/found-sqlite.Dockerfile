FROM debian:bookworm-slim
RUN apt-get update -qq && apt-get install -qqy --no-install-recommends sqlite3 && rm -rf /var/lib/apt/lists/*
WORKDIR /db
COPY <<EOF schema.sql
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO users (name) VALUES ('ada'), ('grace');
EOF
RUN sqlite3 app.db < schema.sql
RUN sqlite3 -csv app.db "select * from users" > users.csv
VOLUME /db
