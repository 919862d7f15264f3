FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends cron git libcap2-bin gnupg binutils ca-certificates tzdata locales npm nginx-light gcc libc6-dev g++ make curl pkg-config openssh-server zsh
COPY tab /etc/cron.d/tab
RUN crontab /etc/cron.d/tab
RUN crontab -l
RUN git config --global user.name x
RUN git init -b main /repo
RUN nginx -t
RUN nginx -v
RUN echo "Asia/Tokyo" > /etc/timezone && dpkg-reconfigure -f noninteractive tzdata
RUN ln -fs /usr/share/zoneinfo/Europe/London /etc/localtime && dpkg-reconfigure --frontend noninteractive tzdata
RUN sed -i 's/# de_DE.UTF-8/de_DE.UTF-8/' /etc/locale.gen && dpkg-reconfigure -f noninteractive locales
RUN echo 'locales locales/default_environment_locale select en_US.UTF-8' | debconf-set-selections
RUN update-rc.d cron disable
RUN dpkg-divert --local --rename --add /usr/bin/zsh
RUN gpg --batch --list-keys
RUN printf '#include <stdio.h>\n#include <math.h>\nint main(){printf("%%f",sqrt(2));return 0;}\n' > /m.c && gcc -O2 -o /m /m.c -lm && strip /m
RUN echo '#include <curl/curl.h>' > /c.c; gcc -c /c.c 2>/err; echo $? >> /err; gcc -o /n /m.c -lcurl 2>>/err; echo $? >> /err; gcc nofile.c 2>>/err; echo $? >> /err; cat /err
RUN cp own.crt /x.crt 2>/dev/null; strip /etc/passwd 2>/err2; echo $? >>/err2; strip /nosuch 2>>/err2; echo $? >>/err2; cat /err2
COPY own.crt /usr/local/share/ca-certificates/own.crt
RUN update-ca-certificates
RUN ssh-keygen -A
RUN setcap cap_net_bind_service=+ep /usr/sbin/nginx
RUN perl -e 'print "x"' && perl -MFile::Copy -e 1
RUN systemctl --version || true
RUN python3 -V || true
