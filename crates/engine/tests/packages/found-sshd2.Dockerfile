FROM debian:trixie
RUN apt-get update && apt-get install -y --no-install-recommends openssh-server sudo
RUN mkdir -p /run/sshd && useradd -m -s /bin/bash -G sudo tester && echo 'tester:test1' | chpasswd
RUN mkdir -p /home/tester/.ssh/
COPY key1.pub /home/tester/.ssh/authorized_keys
RUN chown -R tester:tester /home/tester && chmod 700 /home/tester/.ssh/ && chmod 600 /home/tester/.ssh/authorized_keys
RUN sed -i 's/#PermitRootLogin prohibit-password/PermitRootLogin no/' /etc/ssh/sshd_config && echo "tester ALL=(ALL) NOPASSWD: ALL" > /etc/sudoers.d/tester && chmod 0440 /etc/sudoers.d/tester
RUN ssh-keygen -A
