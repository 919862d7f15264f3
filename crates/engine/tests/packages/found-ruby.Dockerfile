FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends ruby ruby-dev build-essential && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY <<EOF hello.rb
puts "hello #{ENV.fetch('USER', 'x')}"
EOF
RUN ruby -c hello.rb && ruby hello.rb > out.txt
CMD ["ruby", "hello.rb"]
