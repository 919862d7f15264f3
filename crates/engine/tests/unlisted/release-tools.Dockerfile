FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y curl unzip jq && curl -L "https://github.com/docker/compose/releases/download/1.29.2/docker-compose-$(uname -s)-$(uname -m)" -o /usr/local/bin/docker-compose && chmod +x /usr/local/bin/docker-compose && docker-compose version
RUN curl -LO https://releases.hashicorp.com/terraform/1.7.0/terraform_1.7.0_linux_amd64.zip && unzip terraform_1.7.0_linux_amd64.zip -d /usr/local/bin && rm terraform_*.zip && terraform -version
RUN curl "https://awscli.amazonaws.com/awscli-exe-linux-x86_64.zip" -o awscliv2.zip && unzip -q awscliv2.zip && ./aws/install && rm -rf aws awscliv2.zip && aws --version
RUN curl -LO "https://dl.k8s.io/release/$(curl -L -s https://dl.k8s.io/release/stable.txt)/bin/linux/amd64/kubectl" && install -o root -g root -m 0755 kubectl /usr/local/bin/kubectl && kubectl version --client
RUN LATEST=$(curl -s https://api.github.com/repos/x/y/releases/latest | jq -r .tag_name) && curl -L https://github.com/x/y/releases/download/$LATEST/y.tar.gz | tar xz -C /usr/local/bin y && y --help
