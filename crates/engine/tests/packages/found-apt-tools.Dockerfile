FROM debian:trixie-slim
RUN apt-get update && apt-get check && apt-get -f install -y && dpkg --get-selections > /root/selections && apt-cache madison nginx > /root/madison && apt list --installed 2>/dev/null | wc -l > /root/count
RUN apt-get install -y --no-install-recommends apt-utils aptitude apt-transport-https gnupg dirmngr lsb-release && lsb_release -cs > /root/codename
RUN aptitude -y install tree && apt-get purge -y aptitude && apt-get autoremove -y --purge && apt-get clean
