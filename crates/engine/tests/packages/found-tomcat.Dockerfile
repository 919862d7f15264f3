FROM debian:bookworm-slim
RUN apt-get update && apt-get -y install tomcat10 tomcat10-admin && rm -rf /var/lib/apt/lists/*
ENV CATALINA_HOME=/usr/share/tomcat10 CATALINA_BASE=/var/lib/tomcat10
RUN rm -rf $CATALINA_BASE/webapps/ROOT && mkdir -p $CATALINA_BASE/webapps/app && echo '<h1>hi</h1>' > $CATALINA_BASE/webapps/app/index.html && chown -R tomcat:tomcat $CATALINA_BASE/webapps
EXPOSE 8080
USER tomcat
CMD ["/usr/share/tomcat10/bin/catalina.sh", "run"]
