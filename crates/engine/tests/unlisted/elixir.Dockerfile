FROM elixir:1.16-slim AS b
RUN mix local.hex --force && mix local.rebar --force
WORKDIR /app
ENV MIX_ENV=prod
COPY mix.exs* ./
RUN mix deps.get --only prod && mix compile && mix release
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y libstdc++6 openssl libncurses5 locales && sed -i '/en_US.UTF-8/s/^# //g' /etc/locale.gen && locale-gen
COPY --from=b /app/_build/prod/rel/x ./
CMD ["/app/bin/server"]
