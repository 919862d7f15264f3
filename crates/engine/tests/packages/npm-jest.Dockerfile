FROM node:20-slim
WORKDIR /app
RUN npm init -y && npm install --save-dev jest supertest
RUN npm install mongoose jsonwebtoken bcryptjs
