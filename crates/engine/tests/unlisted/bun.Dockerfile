FROM oven/bun:1 AS b
WORKDIR /a
COPY <<EOF package.json
{"dependencies":{"hono":"^4"}}
EOF
RUN bun install --production
FROM oven/bun:1-slim
COPY --from=b /a/node_modules node_modules
CMD ["bun","run","x.ts"]
