FROM ruby:3.3-slim
RUN apt-get update -qq && apt-get install -y build-essential libpq-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY <<EOF Gemfile
source 'https://rubygems.org'
gem 'rails'
EOF
RUN gem install bundler && bundle install --jobs 4 && bundle exec rails assets:precompile
CMD ["bundle", "exec", "rails", "s"]
