FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y openssh-server openssh-client rsync && rm -rf /var/lib/apt/lists/* && mkdir -p /run/sshd
RUN ssh-keygen -A && ssh-keygen -t ed25519 -N '' -f /root/.ssh/id_ed25519 -C builder && cat /root/.ssh/id_ed25519.pub > /root/.ssh/authorized_keys && chmod 600 /root/.ssh/authorized_keys
RUN sed -ri 's/^#?PermitRootLogin\s+.*/PermitRootLogin prohibit-password/' /etc/ssh/sshd_config && echo "UseDNS no" >> /etc/ssh/sshd_config && sshd -t
EXPOSE 22
CMD ["/usr/sbin/sshd", "-D"]
