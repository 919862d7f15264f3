#!/usr/bin/env python3
"""Writes the trees of base images whose files are known in part: main directories, users, and
on Alpine the links of busybox. What else they hold is bulk of known size.

    catalog/skeleton-trees.py       (writes static/catalog/trees/{alpine,debian-old,ubuntu}.tree)

Sources are named in each tree. Alpine's directories, users and links are facts of its packages
alpine-baselayout and busybox; Debian's and Ubuntu's of the package base-files, which is alike in
both, and of base-passwd as recorded in debian-bookworm-slim.tree.
"""
import json, pathlib

TREES = pathlib.Path(__file__).resolve().parent.parent / "static/catalog/trees"

ALPINE_DIRECTORIES = """
bin dev dev/pts dev/shm etc etc/apk etc/conf.d etc/crontabs etc/init.d etc/logrotate.d etc/modprobe.d etc/modules-load.d
etc/network etc/network/if-down.d etc/network/if-post-down.d etc/network/if-post-up.d etc/network/if-pre-down.d
etc/network/if-pre-up.d etc/network/if-up.d etc/opt etc/periodic etc/periodic/15min etc/periodic/daily etc/periodic/hourly
etc/periodic/monthly etc/periodic/weekly etc/profile.d etc/ssl etc/sysctl.d home lib lib/firmware lib/mdev media
media/cdrom media/floppy media/usb mnt opt proc run sbin srv sys usr usr/bin usr/lib usr/local usr/local/bin
usr/local/lib usr/local/share usr/sbin usr/share usr/share/man usr/share/misc var var/cache var/cache/misc var/lib
var/lib/misc var/local var/lock var/lock/subsys var/log var/opt var/spool var/spool/cron
""".split()

ALPINE_USERS = """
root:0:0:root:/root:/bin/sh bin:1:1:bin:/bin:/sbin/nologin daemon:2:2:daemon:/sbin:/sbin/nologin
lp:4:7:lp:/var/spool/lpd:/sbin/nologin sync:5:0:sync:/sbin:/bin/sync shutdown:6:0:shutdown:/sbin:/sbin/shutdown
halt:7:0:halt:/sbin:/sbin/halt mail:8:12:mail:/var/mail:/sbin/nologin news:9:13:news:/usr/lib/news:/sbin/nologin
uucp:10:14:uucp:/var/spool/uucppublic:/sbin/nologin cron:16:16:cron:/var/spool/cron:/sbin/nologin
ftp:21:21::/var/lib/ftp:/sbin/nologin sshd:22:22:sshd:/dev/null:/sbin/nologin games:35:35:games:/usr/games:/sbin/nologin
ntp:123:123:NTP:/var/empty:/sbin/nologin guest:405:100:guest:/dev/null:/sbin/nologin nobody:65534:65534:nobody:/:/sbin/nologin
""".split()

ALPINE_GROUPS = """
root:0:root bin:1:root,bin,daemon daemon:2:root,bin,daemon sys:3:root,bin adm:4:root,daemon tty:5: disk:6:root lp:7:lp
kmem:9: wheel:10:root floppy:11:root mail:12:mail news:13:news uucp:14:uucp cron:16:cron audio:18: cdrom:19:
dialout:20:root ftp:21: sshd:22: input:23: tape:26:root video:27:root netdev:28: kvm:34:kvm games:35: shadow:42:
www-data:82: users:100:games ntp:123: abuild:300: utmp:406: ping:999: nogroup:65533: nobody:65534:
""".split()

# Where busybox's installation puts each applet that Alpine's configuration has.
APPLETS = {
    "bin": """arch ash base64 bbconfig cat chgrp chmod chown cp date dd df dmesg dnsdomainname dumpkmap echo egrep false
        fatattr fdflush fgrep fsync getopt grep gunzip gzip hostname ionice iostat ipcalc kbd_mode kill link linux32 linux64
        ln login ls lzop makemime mkdir mknod mktemp more mount mountpoint mpstat mv netstat nice pidof ping ping6
        pipe_progress printenv ps pwd reformime rev rm rmdir run-parts sed setpriv setserial sh sleep stat stty su sync tar
        touch true umount uname usleep watch zcat""",
    "sbin": """acpid adjtimex arp blkid blockdev depmod fbsplash fdisk findfs fsck fstrim getty halt hwclock ifconfig ifdown
        ifenslave ifup init inotifyd insmod ip ipaddr iplink ipneigh iproute iprule iptunnel klogd loadkmap logread losetup
        lsmod mdev mkdosfs mkfs.vfat mkswap modinfo modprobe nameif nologin poweroff raidautorun reboot rmmod route
        setconsole slattach swapoff swapon switch_root sysctl syslogd tunctl udhcpc vconfig watchdog""",
    "usr/bin": """[ [[ awk basename bc beep blkdiscard bunzip2 bzcat bzip2 cal chvt cksum clear cmp comm cpio crontab cryptpw
        cut dc deallocvt diff dirname dos2unix du eject env expand expr factor fallocate find flock fold free fuser groups
        hd head hexdump hostid id install ipcrm ipcs killall less logger lsof lsusb lzcat lzma lzopcat md5sum mesg microcom
        mkfifo mkpasswd nc nl nmeter nohup nproc nsenter nslookup od openvt passwd paste pgrep pkill pmap printf pscan pstree
        pwdx readlink realpath renice reset resize seq setkeycodes setsid sha1sum sha256sum sha3sum sha512sum showkey shred
        shuf sort split strings sum tac tail tee test time timeout top tr traceroute traceroute6 tree truncate tty ttysize
        unexpand uniq unix2dos unlink unlzma unlzop unshare unxz unzip uptime uudecode uuencode vi vlock volname wc wget
        which who whoami whois xargs xxd xzcat yes""",
    "usr/sbin": """add-shell addgroup adduser arping brctl chpasswd chroot crond delgroup deluser ether-wake fbset killall5
        loadfont nanddump nandwrite nbd-client ntpd partprobe rdate rdev readahead readprofile remove-shell rfkill sendmail
        setfont setlogcons""",
}

DEBIAN_DIRECTORIES = """
boot dev etc etc/alternatives etc/apt etc/cron.d etc/cron.daily etc/default etc/dpkg etc/init.d etc/ld.so.conf.d etc/opt
etc/pam.d etc/profile.d etc/security etc/skel etc/ssl home media mnt opt proc run run/lock=1777 srv sys tmp=1777
root=700 usr usr/bin usr/games usr/include usr/lib usr/local usr/local/bin usr/local/etc usr/local/games usr/local/include
usr/local/lib usr/local/sbin usr/local/share usr/local/share/man usr/local/src usr/sbin usr/share usr/share/doc
usr/share/man usr/share/misc usr/src var var/backups var/cache var/cache/apt var/cache/debconf var/cache/ldconfig=700
var/lib var/lib/apt var/lib/apt/lists var/lib/dpkg var/lib/misc var/local=2775:50 var/log var/mail=2775:8 var/opt
var/spool var/tmp=1777
""".split()


# Packages of alpine:3.22.6 with their installed bytes (docker-library/repo-info, created
# 2026-09-17); other releases have the same ones in other versions and about these sizes.
ALPINE_PACKAGES = {
    "alpine-baselayout": 6441, "alpine-baselayout-data": 18432, "alpine-keys": 13312, "alpine-release": 343,
    "apk-tools": 69632, "busybox": 817152, "busybox-binsh": 1, "ca-certificates-bundle": 181248, "libapk2": 183296,
    "libcrypto3": 5225472, "libssl3": 842752, "musl": 661504, "musl-utils": 55296, "scanelf": 66560,
    "ssl_client": 14336, "zlib": 103424,
}


def directory(text):
    """`path`, `path=mode` or `path=mode:group`."""
    path, _, rest = text.partition("=")
    mode, _, group = rest.partition(":")
    return path, f"d{mode or '755'} 0:{group or '0'} {path}"


def write(name, source, nodes, contents, packages=()):
    lines = ["layerlab-tree 1", f"# source: {source}"]
    lines += [line for _, line in sorted(nodes.items(), key=lambda item: item[0].split("/"))]
    for path, (mode, group, text) in sorted(contents.items()):
        lines.append(f"f{mode} 0:{group} {len(text)} {path}")
    lines += [f"c {path} {json.dumps(text)}" for path, (_, _, text) in sorted(contents.items())]
    lines += packages
    (TREES / f"{name}.tree").write_text("\n".join(lines) + "\n")


def alpine():
    nodes = dict(map(directory, ALPINE_DIRECTORIES + ["root=700", "tmp=1777", "var/tmp=1777", "var/empty=555"]))
    nodes["bin/busybox"] = "f755 0:0 0 bin/busybox"
    for place, names in APPLETS.items():
        for applet in names.split():
            nodes[f"{place}/{applet}"] = f"l 0:0 /bin/busybox {place}/{applet}"
    for path, target in {"var/run": "/run", "var/spool/cron/crontabs": "/etc/crontabs", "etc/mtab": "/proc/mounts"}.items():
        nodes[path] = f"l 0:0 {target} {path}"
    users = [user.split(":") for user in ALPINE_USERS]
    contents = {
        "etc/passwd": (644, 0, "".join(f"{u[0]}:x:{':'.join(u[1:])}\n" for u in users)),
        "etc/group": (644, 0, "".join("{}:x:{}:{}\n".format(*g.split(":")) for g in ALPINE_GROUPS)),
        "etc/shadow": (640, 42, "".join(f"{u[0]}:{'*' if u[0] == 'root' else '!'}::0:::::\n" for u in users)),
        "etc/shells": (644, 0, "# valid login shells\n/bin/sh\n/bin/ash\n"),
        "etc/hostname": (644, 0, "localhost\n"),
    }
    packages = [f"p apk {package} - {size}" for package, size in ALPINE_PACKAGES.items()]
    source = "packages alpine-baselayout 3 and busybox 1 of aports, read 2026-11-21; the rest is bulk"
    write("alpine", source, nodes, contents, packages)


def recorded(path):
    """A file's content in debian-bookworm-slim.tree."""
    for line in (TREES / "debian-bookworm-slim.tree").read_text().splitlines():
        if line.startswith(f"c {path} "):
            return json.loads(line.split(" ", 2)[2])
    raise SystemExit(f"debian-bookworm-slim.tree has no content of {path}")


def debian(name, source, links, users):
    nodes = dict(map(directory, DEBIAN_DIRECTORIES))
    links = {**links, "var/run": "/run", "var/lock": "/run/lock", "usr/local/man": "share/man"}
    nodes |= {path: f"l 0:0 {target} {path}" for path, target in links.items()}
    contents = {
        "etc/passwd": (644, 0, recorded("etc/passwd") + "".join(f"{n}:x:{i}:{i}:{g}:/home/{n}:/bin/bash\n" for n, i, g in users)),
        "etc/group": (644, 0, recorded("etc/group") + "".join(f"{n}:x:{i}:\n" for n, i, _ in users)),
    }
    for user, number, _ in users:
        nodes[f"home/{user}"] = f"d750 {number}:{number} home/{user}"
    write(name, source, nodes, contents)


if __name__ == "__main__":
    alpine()
    merged = {place: f"usr/{place}" for place in ("bin", "sbin", "lib", "lib64")}
    debian("debian-old", "packages base-files and base-passwd, read 2026-11-21; the rest is bulk", {}, [])
    debian("ubuntu", "packages base-files and base-passwd, read 2026-11-21; the rest is bulk", merged, [])
    debian("ubuntu-noble", "packages base-files and base-passwd; the image's own user ubuntu, read 2026-11-21; the rest is bulk",
           merged, [("ubuntu", 1000, "Ubuntu")])
