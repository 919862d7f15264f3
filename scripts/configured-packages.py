#!/usr/bin/env python3
"""Finds what packages of a Debian suite make when they are configured, by installing them.

    scripts/configured-packages.py SUITE FOLDER | zstd -19 >catalog/SUITE.configured.zst
    scripts/configured-packages.py SUITE FOLDER NAME… | zstd -19 >catalog/SUITE.more.configured.zst

Each name (by default those of static/catalog/debian/measured.txt and SUITE.measured.txt) is installed on its own in
debian:SUITE-slim; FOLDER keeps what was seen, so that a run can be taken up again. A path that no
package's archive has is laid at the door of packages that never were there without it, of as few as can be. Names whose packages were all seen before are passed over. Where names are given, packages that the first
file tells of are left out, and what these make. Needs docker with an engine,
a network, zstd, and target/native/layerlab (make serve builds it).

A section for each package that was seen: `D NAME`, then lines as crates/engine/src/debian/files.rs
describes them.
"""
import collections, datetime, gzip, json, pathlib, re, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CATALOG = ROOT / "static/catalog/debian"
LAYERLAB = ROOT / "target/native/layerlab"
SEEN = r"""
printf '127.0.0.1\tlocalhost buildkitsandbox\n::1\tlocalhost ip6-localhost ip6-loopback\n' > /etc/hosts
touch /stamp; sleep 1
apt-get install -y -qq --no-install-recommends "$NAME" >/dev/null 2>&1 || exit 0
echo '== packages'; dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' | grep ^ii | cut -d' ' -f3
echo '== files'; find / -xdev -newercm /stamp -not -path / -printf '%y\t%m\t%U\t%G\t%s\t%p\t%l\n'
echo '== passwd'; cat /etc/passwd; echo '== group'; cat /etc/group
for f in $(find /var/lib/dpkg/alternatives -newercm /stamp -type f); do echo "== alternative $f"; cat "$f"; done
echo '== lists'; cat /var/lib/dpkg/info/*.list
"""
# What all packages share: their books, users, caches that are made of whatever is there.
SHARED = re.compile(r"""/(?:stamp|tmp|var/tmp|etc/(?:ld\.so\.cache|passwd-?|group-?|shadow-?|gshadow-?|subuid-?|subgid-?|\.pwd\.lock)
    |run/adduser|etc/php/[\d.]+/[^/]+/conf\.d(?:/.*)?|var/lib/php/modules(?:/.*)?|etc/alternatives/.*|var/lib/dpkg(?!/diversions|/statoverride|/triggers/Unincorp)(?:/.*)?|var/lib/apt(?:/.*)?|var/cache/(?:apt|debconf|fontconfig|ldconfig)(?:/.*)?
    |var/log/(?:apt|alternatives\.log|dpkg\.log)(?:/.*)?)$""", re.X)
# The list of a package that loses a path to another one is written anew, and nothing else of it.
LIST = re.compile(r"/var/lib/dpkg/info/[^/]+\.list")
# debconf's databases: values, and templates.
DATABASES = ("config.dat", "templates.dat")
# Users that Debian numbers for all systems (base-passwd); the others have numbers as they come.
FIXED = 100


def docker(*args, **more):
    return subprocess.run(["docker", *args], capture_output=True, text=True, **more)


def look(suite, name, folder):
    """What an installation shows, by kind."""
    path = folder / f"{suite}.{name}.gz"
    if not path.exists():
        seen = docker("run", "--rm", "--network", "host", "--hostname", "buildkitsandbox", "-e", "DEBIAN_FRONTEND=noninteractive", "-e", f"NAME={name}",
                      f"layerlab-lists-{suite}", "sh", "-c", SEEN).stdout
        path.write_bytes(gzip.compress(seen.encode()))
    out = collections.defaultdict(list)
    kind = ""
    for line in gzip.decompress(path.read_bytes()).decode(errors="replace").splitlines():
        if line.startswith("== "):
            kind = line[3:]
        else:
            out[kind].append(line)
    return out


# Whose paths are, and who may do what with them, where an archive says nothing else.
PLAIN = {"x": "755:0:0", "d": "755:0:0", "f": "644:0:0", "c": "644:0:0"}


def rows(path):
    """The lines of a catalog's file."""
    return subprocess.run(["zstd", "-dcq", "--long=24", path], capture_output=True, check=True, text=True).stdout.splitlines()


def unpacked(suite):
    """What packages' archives have: package, kind, path, and what is said of it."""
    for path in CATALOG.glob(f"{suite}.files.*.zst"):
        whole = ""
        for row in rows(path):
            kind, _, rest = row.partition(" ")
            if kind == "D":
                name = rest.split()[0]
            elif kind in ("f", "x", "c", "d", "l", "h"):
                fields = rest.split("\t")
                shared = re.match(r"(\d+):", fields[0])
                whole = whole[: int(shared[1])] + fields[0][shared.end() :] if shared else fields[0]
                yield name, kind, "/" + whole, fields[1:]


def owners(suite):
    """The packages that paths belong to."""
    return {path: name for name, kind, path, _ in unpacked(suite) if kind != "d"}


def given(suite):
    """Whose paths are, and who may do what with them, by packages' archives."""
    out = {}
    for _, kind, path, fields in unpacked(suite):
        if kind in PLAIN:
            own = fields if kind == "d" else fields[1:]
            out.setdefault(path, own[0] if own else PLAIN[kind])
    return out


def maker(key, owned):
    """The package whose file something is made of: a compiled module's source, an alternative's target."""
    if key.startswith("A "):
        return owned.get(merged(key.split("\t")[2]))
    found = re.fullmatch(r"(.*)/__pycache__/([^/]+)\.cpython-\d+\.pyc", key[3:])
    return found and owned.get(f"{found[1]}/{found[2]}.py")


def closure(suite, name):
    """What a name brings, by the resolver that is held against apt's."""
    with tempfile.TemporaryDirectory() as folder:
        text = f"FROM debian:{suite}-slim\nRUN apt-get update && apt-get install -y --no-install-recommends {name}\n"
        (pathlib.Path(folder) / "Dockerfile").write_text(text)
        told = subprocess.run([LAYERLAB, "simulate", "--json", folder], capture_output=True, text=True)
    return {package["name"] for package in json.loads(told.stdout)["packages"] if package["layer"] is not None}


def books(suite, book):
    """The packages that have a file in dpkg's books, with its bytes."""
    out = {}
    for path in CATALOG.glob(f"{suite}.files.*.zst"):
        for row in rows(path):
            if row.startswith("D "):
                name = row.split()[1]
            elif row.startswith(f"I {book}\t"):
                out[name] = int(row.split("\t")[1])
    return out


def told(suite):
    """What catalog/SUITE.configured.zst tells: identities of what each package makes."""
    out = {}
    for row in rows(ROOT / f"catalog/{suite}.configured.zst"):
        if row.startswith("D "):
            own = out.setdefault(row[2:], set())
        elif row.startswith("+"):
            own.add(row[:3] + "/" + row[3:].split("\t")[0])
        elif row.startswith("U "):
            own.add(row.split("\t")[0])
        elif row.startswith("A "):
            own.add(row)
    return out


def chosen(suite, names):
    """Names that together bring every package with a script, small ones first."""
    brings, left = {name: closure(suite, name) for name in names}, set(books(suite, "postinst"))
    for name in sorted(brings, key=lambda name: (len(brings[name]), name)):
        if brings[name] & left:
            left -= brings[name]
            yield name


def owner(fields, passwd, group):
    mode, uid, gid = fields[1].rjust(3, "0"), int(fields[2]), int(fields[3])
    user = passwd.get(uid, str(uid)) if uid >= FIXED else str(uid)
    group = group.get(gid, str(gid)) if gid >= FIXED else str(gid)
    return f"{mode}:{user}:{group}"


def line(fields, passwd, group):
    """A path as a line of a section; none where it is neither file, directory nor link."""
    kind, path, own = fields[0], fields[5].lstrip("/"), owner(fields, passwd, group)
    if kind == "d":
        return f"+d {path}" + ("" if own == "755:0:0" else f"\t{own}")
    if kind == "l":
        return f"+l {path}\t{fields[6]}"
    if kind == "f":
        if own == "755:0:0":
            return f"+x {path}\t{fields[4]}"
        return f"+f {path}\t{fields[4]}" + ("" if own == "644:0:0" else f"\t{own}")


def merged(path):
    """A path as the merged /usr has it."""
    return re.sub(r"^/(bin|sbin|lib|lib64)(?=/|$)", r"/usr/\1", path)


def alternatives(seen):
    """Choices of alternatives: (link, name, path, priority, links that go along)."""
    for kind, lines in seen.items():
        if not kind.startswith("alternative "):
            continue
        name = kind.rsplit("/", 1)[1]
        rows = iter(lines)
        next(rows, None)
        link, slaves = next(rows, ""), []
        for row in rows:
            if not row:
                break
            slaves.append((row, next(rows, "")))
        while path := next(rows, ""):
            words = ["--install", link, name, path, next(rows, "0")]
            for slave, place in slaves:
                if target := next(rows, ""):
                    words += ["--slave", place, slave, target]
            yield "A " + "\t".join(words[1:])


def facts(seen, archives):
    """What an installation made: lines by what identifies them, with their size."""
    passwd = {int(row.split(":")[2]): row.split(":")[0] for row in seen["passwd"]}
    group = {int(row.split(":")[2]): row.split(":")[0] for row in seen["group"]}
    listed = {merged(path) for path in seen["lists"]}
    # Directories above what is listed were only written to.
    for path in list(listed):
        while path := path.rpartition("/")[0]:
            listed.add(path)
    out = {}
    written = {row.split("\t")[5] for row in seen["files"]}
    for row in seen["files"]:
        fields = row.split("\t")
        path = fields[5]
        is_list = LIST.fullmatch(path) and path.replace(".list", ".md5sums") not in written
        if not is_list and SHARED.match(path) or "/etc/alternatives/" in fields[6]:
            continue
        # What an archive has may be given to somebody else, or be opened or closed to others.
        before = archives.get(path, archives.get(merged(path)))
        is_given = fields[0] != "l" and (
            fields[2:4] != ["0", "0"] or before not in (None, owner(fields, passwd, group))
        )
        if merged(path) in listed and not is_given:
            continue
        if text := line(fields, passwd, group):
            out[text[:3] + path] = text
    for text in alternatives(seen):
        out[text] = text
    for row in seen["passwd"]:
        name, _, number, _, full_name, home, shell = row.split(":")
        if FIXED <= int(number) < 1000 and (home, shell, full_name) != ("/nonexistent", "/usr/sbin/nologin", ""):
            out[f"U {name}"] = f"U {name}\t{home}\t{shell}\t{full_name}"
    return out


def debconf(runs, templates, base):
    """What packages with templates add to debconf's databases: bytes of values and of templates, and
    whether they ask again in their trigger. Runs are in order of size; what a small one tells is taken out
    of the larger ones."""
    known = {}
    for packages, sizes in runs:
        asking = sorted(packages & set(templates))
        rest = {name: sizes.get(name, base[name]) - base[name] for name in DATABASES}
        for name in asking:
            if name in known:
                rest = {key: rest[key] - known[name][key] for key in rest}
        new = [name for name in asking if name not in known]
        for name in new:
            share = templates[name] / sum(templates[name] for name in new)
            known[name] = {key: max(0, round(bytes * share)) for key, bytes in rest.items()}
            again = len(asking) == 1 and sizes.get("templates.dat-old") == sizes.get("templates.dat")
            known[name]["again"] = again
    return known


def main(suite, folder, names):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    build = f"FROM debian:{suite}-slim\nRUN apt-get update\n"
    docker("build", "-q", "--network", "host", "-t", f"layerlab-lists-{suite}", "-", input=build, check=True)
    lists = [CATALOG / "measured.txt", CATALOG / f"{suite}.measured.txt"]
    lines = [line for file in lists if file.exists() for line in file.read_text().splitlines()]
    measured = [line for line in lines if not line.startswith("#")]
    base = set(docker("run", "--rm", f"debian:{suite}-slim", "dpkg-query", "-W", "-f", "${Package}\n").stdout.split())
    runs, values, archives = [], [], given(suite)
    for name in names or chosen(suite, measured):
        seen = look(suite, name, folder)
        print(f"{name}: {len(seen['packages'])} packages", file=sys.stderr, flush=True)
        if seen["packages"]:
            packages = set(seen["packages"]) - base
            runs.append((packages, facts(seen, archives)))
            rows = [row.split("\t") for row in seen["files"]]
            sizes = {row[5].rsplit("/", 1)[1]: int(row[4]) for row in rows if row[5].startswith("/var/cache/debconf/")}
            values.append((packages, sizes))
    # Smaller ones first: what is made of all that is there is least there.
    runs.sort(key=lambda run: len(run[0]))
    sections = {package: {} for packages, _ in runs for package in packages}
    with_fact = collections.defaultdict(list)
    for number, (_, found) in enumerate(runs):
        for key in found:
            with_fact[key].append(number)
    owned, scripts = owners(suite), set(books(suite, "postinst"))
    known = told(suite) if names else {}
    for key, numbers in with_fact.items():
        # Directories of compiled modules come with these, whoever was there.
        if key.startswith("+d ") and key.endswith("/__pycache__"):
            continue
        owner = maker(key, owned)
        if owner in sections:
            sections[owner][key] = runs[numbers[0]][1][key]
        if owner in sections or owner in base:
            continue
        # Whoever never was there without it; as few of them as can be.
        innocent = set(known).union(*(runs[number][0] for number in set(range(len(runs))) - set(numbers)))
        left = [number for number in numbers if not any(key in known.get(name, ()) for name in runs[number][0])]
        while left:
            counts = collections.Counter(name for number in left for name in runs[number][0] - innocent)
            # What has no script makes nothing, but by others' triggers.
            counts = {name: count for name, count in counts.items() if name in scripts} or counts
            if not counts:
                break
            best = max(counts, key=lambda name: (counts[name], name in key, len(name), name))
            first = next(number for number in left if best in runs[number][0])
            sections[best][key] = runs[first][1][key]
            left = [number for number in left if best not in runs[number][0]]
    print(f"# What packages of {suite} make when they are configured: scripts/configured-packages.py, {datetime.date.today()}.")
    values.sort(key=lambda run: len(run[0]))
    shown = docker("run", "--rm", f"debian:{suite}-slim", "stat", "-c", "%s", *(f"/var/cache/debconf/{name}" for name in DATABASES))
    own = dict(zip(DATABASES, map(int, shown.stdout.split())))
    asks = debconf(values, books(suite, "templates"), own)
    for name in sorted(set(sections) - set(known)):
        print(f"D {name}")
        if name in asks:
            again = "\tagain" if asks[name]["again"] else ""
            print("B " + "\t".join(str(asks[name][key]) for key in DATABASES) + again)
        for key in sorted(sections[name]):
            print(sections[name][key])


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
