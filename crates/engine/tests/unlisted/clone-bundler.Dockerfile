FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y git ruby bundler
WORKDIR /w
RUN git clone https://github.com/x/y . && cd /w
RUN bundle install && bundle exec rake build && gem build y.gemspec && gem install y-1.0.gem
