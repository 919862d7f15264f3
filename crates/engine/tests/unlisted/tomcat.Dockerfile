FROM tomcat:9-jdk11
RUN rm -rf /usr/local/tomcat/webapps/* && sed -i 's/8080/8081/' /usr/local/tomcat/conf/server.xml && apt-get update && apt-get install -y nano
COPY <<EOF /usr/local/tomcat/webapps/a.txt
x
EOF
