FROM node:20-alpine AS build
WORKDIR /app
COPY <<EOF package.json
{"name":"x","private":true,"scripts":{"build":"vite build"},"dependencies":{"react":"^18","react-dom":"^18"},"devDependencies":{"vite":"^5","@vitejs/plugin-react":"^4"}}
EOF
RUN npm install && npm run build
FROM nginx:alpine
COPY --from=build /app/dist /usr/share/nginx/html
