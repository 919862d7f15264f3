FROM gradle:8-jdk17 AS b
COPY --chown=gradle:gradle . /home/gradle/src
WORKDIR /home/gradle/src
RUN gradle build --no-daemon
FROM openjdk:17-jdk-slim
RUN mkdir /app
COPY --from=b /home/gradle/src/build/libs/*.jar /app/app.jar
