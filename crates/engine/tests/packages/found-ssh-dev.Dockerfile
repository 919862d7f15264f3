FROM debian:bookworm
RUN apt-get update && apt-get install -y openssh-server sudo vim git && mkdir -p /var/run/sshd && echo 'root:screencast' | chpasswd && sed -i 's/#*PermitRootLogin prohibit-password/PermitRootLogin yes/' /etc/ssh/sshd_config && sed -i 's@session\s*required\s*pam_loginuid.so@session optional pam_loginuid.so@g' /etc/pam.d/sshd
RUN useradd -rm -d /home/dev -s /bin/bash -g root -G sudo -u 1001 dev && echo 'dev:dev' | chpasswd && echo 'dev ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/dev && mkdir -p /home/dev/.ssh && chmod 700 /home/dev/.ssh && chown dev /home/dev/.ssh
RUN service ssh start
EXPOSE 22
CMD ["/usr/sbin/sshd","-D"]
