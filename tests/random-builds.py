#!/usr/bin/env python3
"""Builds random scripts with a real engine and with Layerlab, and compares what they leave.

    tests/random-builds.py COUNT [SEED] [--keep DIRECTORY]

Each script copies, moves, links, changes modes and owners, loops, globs, redirects, packs and
searches in a small tree, as `RUN` lines of a Dockerfile. Layers are compared entry by entry (path,
kind, mode, owner, size, link), failures by their message. Cases that differ are written to
DIRECTORY (default: target/random-builds), where `tests/record.py`'s format applies, and the
agreement is printed. Needs `docker` with an engine that has debian:bookworm-slim, and
`target/native/layerlab` (make serve builds it).
"""
import importlib.util, json, pathlib, random, shutil, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location("record", HERE / "record.py")
record = importlib.util.module_from_spec(spec)
spec.loader.exec_module(record)
LAYERLAB = HERE.parent / "target/native/layerlab"
FILES = {"src/a.txt": "alpha\nbeta\n", "src/b.c": "int x;\n", "src/d/c.txt": "c\n", "src/d/e/f.sh": "#!/bin/sh\necho $1\n", "src/g h": "gap\n"}


class Writer:
    """Writes random lines of shell."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.made = 0

    def pick(self, *choices):
        return self.random.choice(choices)

    def old(self):
        """A path that may be there."""
        return self.pick("/w/a.txt", "/w/b.c", "/w/d", "/w/d/c.txt", "/w/d/e", "/w/d/e/f.sh", "'/w/g h'", "/w/*.txt", "/w/d/*", "/w/n1",
                         "/w/n2", "/w/n3", "/w/l1", "/w/l2", "/etc/skel", "/etc/motd", "/etc/issue", "/usr/share/base-files", "/w/nope", "/w/[ab]*",
                         "/w/?.c", "/srv", "/w/d/e/*", "/media/o1", "/etc/debian_version")

    def new(self):
        """A path to be made."""
        return self.pick("/w/n1", "/w/n2", "/w/n3", "/w/d/n4", "/media/o1", "/media/o2", "/w/l1", "/w/l2", "/srv/s1", "/w/d/e/n5", "/tmp/t1")

    def mode(self):
        return self.pick("600", "644", "755", "u+x", "go-rwx", "a+rX", "1777", "4755", "g+s", "o=", "+w", "u=rw,go=r", "0")

    def owner(self):
        return self.pick("1000", "1:2", "www-data", "nobody:nogroup", ":audio", "root:root", "7:", "games")

    def text(self):
        return self.pick("one", "two words", "a\\tb", "$HOME", "$((3*4))", "x y  z", "it's")

    def command(self):
        r = self.random.random
        table = [
            lambda: f"cp {self.pick('', '-r', '-a', '-p', '-rp', '-f', '-n', '-rL', '-d', '-l', '-s', '-u')} {self.old()} {self.new()}",
            lambda: f"mv {self.pick('', '-f', '-n', '-T')} {self.old()} {self.new()}",
            lambda: f"ln {self.pick('-s', '', '-sf', '-sfn', '-f', '-sr')} {self.old()} {self.new()}",
            lambda: f"rm {self.pick('-f', '-rf', '', '-r', '-d')} {self.old()}",
            lambda: f"mkdir {self.pick('', '-p', '-m 700', '-pm 2775')} {self.new()}{self.pick('', '/x', '/x/y')}",
            lambda: f"rmdir {self.pick('', '-p', '--ignore-fail-on-non-empty')} {self.old()}",
            lambda: f"touch {self.pick('', '-c', '-h')} {self.pick(self.old(), self.new())}",
            lambda: f"chmod {self.pick('', '-R')} {self.mode()} {self.old()}",
            lambda: f"chown {self.pick('', '-R', '-h')} {self.owner()} {self.old()}",
            lambda: f"echo {self.text()!r} {self.pick('>', '>>')} {self.new()}",
            lambda: f"printf '%s\\n' a b {self.pick('>', '>>')} {self.new()}",
            lambda: f"cat {self.old()} {self.pick('>', '>>')} {self.new()}",
            lambda: f"for f in {self.old()} {self.old()}; do {self.simple('$f')}; done",
            lambda: f"find {self.pick('/w', '/w/d', '/media', '/srv')} {self.test()} {self.action()}",
            lambda: f"tar -C {self.pick('/w', '/w/d', '/srv')} -cf /tmp/a.tar {self.pick('.', 'd', 'e', 'a.txt', 'n1')} && tar -xf /tmp/a.tar -C {self.pick('/media', '/srv', '/w/d')}{self.pick('', ' --strip-components=1', ' --exclude=*.txt')}",
            lambda: f"sed -i {self.pick('s/a/X/g', '1d', '$a end', '/b/d', 's/^/> /')!r} {self.old()}",
            lambda: f"install {self.pick('', '-m 640', '-D', '-o games -m 600')} {self.old()} {self.new()}",
            lambda: f"install -d {self.pick('', '-m 711')} {self.new()}/{self.pick('p', 'q/r')}",
            lambda: f"if [ {self.pick('-f', '-d', '-e', '-L', '-x', '-s')} {self.pick('/w/a.txt', '/w/n1', '/w/l1', '/media/o1', '/w/d')} ]; then {self.command()}; else {self.command()}; fi",
            lambda: f"{self.command()} || {self.command()}",
            lambda: f"cd {self.pick('/w', '/w/d', '/media', '/nope')} && {self.simple('a.txt')}",
            lambda: f"ls {self.old()} 2>/dev/null | sort > /tmp/sorted",
            lambda: f"grep -c a {self.old()} > {self.new()}",
            lambda: f"umask {self.pick('077', '027', '002')}",
            lambda: f"truncate -s {self.pick('0', '100', '+7', '3')} {self.pick('/w/a.txt', '/w/n1', '/w/b.c')}",
            lambda: f"dd if={self.pick('/w/a.txt', '/dev/zero')} of={self.new()} bs=3 count=2 2>/dev/null",
            lambda: f"ls -A {self.pick('/w', '/w/d', '/media')} | {self.pick('wc -l', 'head -n 2', 'tail -n 1', 'sort -r', 'tr a-z A-Z', 'cut -c1-3', 'grep -v a')} > /tmp/listed",
            lambda: f"gzip {self.pick('', '-k', '-f')} {self.pick('/w/a.txt', '/w/b.c', '/w/n1')}; gunzip -f /w/*.gz",
        ]
        return self.random.choice(table)()

    def simple(self, name):
        return self.pick(f"cp {name} /media", f"touch {name}.t", f"chmod 600 {name}", f"echo {name} >> /w/log", f"rm -f {name}", f"mv {name} /srv/", f"ln -s {name} /w/ln", f"[ -d {name} ] || cat {name} >> /w/all")

    def test(self):
        return self.pick("-type f", "-type d", "-name '*.txt'", "-empty", "-type l", "-name 'n*' -o -name '*.c'", "-maxdepth 1 -type f", "! -name '*.txt' -type f", "-size +0 -type f", "-perm 644", "-path '*d*' -type f", "-user root -type f")

    def action(self):
        return self.pick("-delete", "-exec chmod 640 {} +", "-exec touch {} \\;", "| sort > /tmp/found", "-exec cp {} /media \\;", "| xargs -r chmod a+r", "-print0 | sort -z | xargs -0 -r ls -d > /tmp/listed2", "-exec sh -c 'echo $1 >> /w/x' _ {} \\;")

    def dockerfile(self):
        lines = ["FROM debian:bookworm-slim", "COPY src /w"]
        for _ in range(self.random.randint(1, 3)):
            commands = [self.command() for _ in range(self.random.randint(2, 6))]
            end = self.pick("; true", "; true", "; true", "")
            lines.append(f"RUN {self.pick('; ', '; ', ' && ').join(commands)}{end}")
        return "\n".join(lines) + "\n"


def ours(context):
    done = subprocess.run([LAYERLAB, "simulate", "--json", "--files", context], capture_output=True, text=True)
    if not done.stdout:
        return {"crash": done.stderr[-500:]}
    report = json.loads(done.stdout)
    if not report["success"]:
        return {"ok": False, "error": report["error"]["message"]}
    keys = ("path", "kind", "mode", "uid", "gid", "size", "link")
    layers = [[{k: e[k] for k in keys if e.get(k) is not None} for e in layer["entries"]] for layer in report["layers"]]
    return {"ok": True, "layers": layers}


def difference(real, simulated):
    if "crash" in simulated or real["ok"] != simulated["ok"]:
        return f"real {real.get('error', 'ok')}, simulated {simulated.get('error', simulated.get('crash', 'ok'))}"
    if not real["ok"]:
        same = record.VOLATILE and real["error"]["message"] == simulated["error"]
        return None if same else f"real {real['error']['message']}, simulated {simulated['error']}"
    for number, (step, layer) in enumerate(zip(real["layers"], simulated["layers"])):
        theirs = sorted(json.dumps(e, sort_keys=True) for e in step.get("entries", []))
        own = sorted(json.dumps(e, sort_keys=True) for e in layer)
        if theirs != own:
            lacks = [e for e in theirs if e not in own][:4]
            surplus = [e for e in own if e not in theirs][:4]
            return f"step {number}: lacks {lacks}, too much {surplus}"
    return None


def main():
    words = sys.argv[1:]
    keep = HERE.parent / "target/random-builds"
    if "--keep" in words:
        place = words.index("--keep")
        keep = pathlib.Path(words[place + 1])
        del words[place:place + 2]
    if not words:
        sys.exit(__doc__)
    count, seed = int(words[0]), int(words[1]) if len(words) > 1 else 1
    agreed = 0
    for number in range(seed, seed + count):
        with tempfile.TemporaryDirectory() as work:
            case = pathlib.Path(work) / "case"
            for path, text in FILES.items():
                target = case / "context" / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
                target.chmod(0o755 if path.endswith(".sh") else 0o644)
            for directory in [case / "context", *(case / "context").rglob("*")]:
                if directory.is_dir():
                    directory.chmod(0o755)
            (case / "context/Dockerfile").write_text(Writer(number).dockerfile())
            (case / "context/Dockerfile").chmod(0o644)
            real = record.record(case)
            found = difference(real, ours(case / "context"))
            if found is None:
                agreed += 1
                continue
            print(f"{number}: {found}", flush=True)
            target = keep / f"random-{number}"
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(case, target)
            (target / "expected.json").write_text(json.dumps(real, indent=1, ensure_ascii=False) + "\n")
    print(f"{agreed} of {count} agree")


if __name__ == "__main__":
    main()
