FROM maven:3.9-eclipse-temurin-21 AS build
WORKDIR /app
COPY <<EOF pom.xml
<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>demo</artifactId><version>1.0</version></project>
EOF
RUN mvn -B dependency:go-offline
RUN mvn -B package -DskipTests
FROM eclipse-temurin:21-jre
COPY --from=build /app/target/*.jar /app.jar
ENTRYPOINT ["java","-jar","/app.jar"]
