FROM jenkins/jenkins:lts
USER root
RUN apt-get update && apt-get install -y lsb-release && curl -fsSLo /usr/share/keyrings/docker.asc https://download.docker.com/linux/debian/gpg && apt-get update && apt-get install -y docker-ce-cli
USER jenkins
RUN jenkins-plugin-cli --plugins "blueocean docker-workflow"
