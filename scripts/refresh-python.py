#!/usr/bin/env python3
"""Measures Python distributions and writes static/catalog/python.index.zst.

    scripts/refresh-python.py --python 3.11=python3.11 --python 3.12=python3.12 …

Resolves each line of static/catalog/python.names with uv, reads the wheels of what that takes
(and no others) from the index that pip is set up with, and compiles their modules with the
Python interpreters named, so that the size of each file is known. What it read is kept below
--cache, so that a second run reads only what is new. Needs zstd, and `pip install uv packaging`.
"""
import argparse
import concurrent.futures
import datetime
import email.parser
import hashlib
import html
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
import zipfile

from pip._internal.models.index import PyPI
from packaging.tags import compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAMES = ROOT / "static/catalog/python.names"
OUTPUT = ROOT / "static/catalog/python.index.zst"
PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in range(40, 4, -1)] + [
    "manylinux2014_x86_64",
    "manylinux2010_x86_64",
    "manylinux1_x86_64",
    "linux_x86_64",
]
# Directories of wheels with more files than this are summed up.
MOST_FILES = 900
# How many earlier series (1.4, 1.3 …) of a named distribution are measured, one release each,
# and up to how many bytes; their files are summed up.
SERIES = 5
MOST_BYTES = 40_000_000
# Compiles each module named on standard input, as pip does, and prints the bytes of the result
# without those of the path that it holds.
COMPILE = """
import json, marshal, sys, warnings
warnings.simplefilter("ignore")
sys.setrecursionlimit(5000)
sizes = []
for line in sys.stdin:
    path = line.rstrip("\\n")
    try:
        with open(path, "rb") as file:
            sizes.append(len(marshal.dumps(compile(file.read(), "/", "exec", dont_inherit=True))) + 15)
    except Exception:
        sizes.append(None)
print(json.dumps(sizes))
"""


def index_url():
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
    )
    return asked.stdout.strip() or PyPI.simple_url


def fetch(url):
    with urllib.request.urlopen(url, timeout=180) as answer:
        return answer.read()


def resolve(requirement, python):
    """What a requirement takes on a Python version: {name: version}."""
    asked = subprocess.run(
        ["uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
        + ["--python-version", python, "--python-platform", "x86_64-unknown-linux-gnu", "-"],
        input=requirement + "\n",
        capture_output=True,
        text=True,
        env=os.environ | {"UV_PYTHON_DOWNLOADS": "never"},
    )
    if asked.returncode:
        print(f"{requirement} on {python}: {asked.stderr.strip()[-200:]}", file=sys.stderr)
        return {}
    pins = (line.split(" ")[0].split("==") for line in asked.stdout.splitlines() if "==" in line)
    return {canonicalize_name(name.split("[")[0]): version for name, version in pins}


def releases(index, name):
    """The files of a distribution: [(version, file name, address, Requires-Python, yanked)]."""
    base = f"{index.rstrip('/')}/{name}/"
    found = []
    for attributes, file in re.findall(r"<a ([^>]*)>([^<]*)</a>", fetch(base).decode()):
        yanked = "data-yanked" in attributes
        href = html.unescape(re.search(r'href="([^"]*)"', attributes)[1])
        python = re.search(r'data-requires-python="([^"]*)"', attributes)
        try:
            if file.endswith(".whl"):
                own, version = parse_wheel_filename(file)[:2]
            elif file.endswith((".tar.gz", ".zip")):
                own, version = parse_sdist_filename(file)
            else:
                continue
            # Old archives are not always named for what they hold.
            if own != name:
                continue
        except (InvalidVersion, ValueError):
            continue
        url = urllib.parse.urljoin(base, href).split("#")[0]
        requires = html.unescape(python[1]).replace(" ", "") if python else ""
        found.append((version, file, url, requires, yanked))
    return found


def supported(python):
    major, minor = map(int, python.split("."))
    tags = list(cpython_tags((major, minor), platforms=PLATFORMS))
    tags += compatible_tags((major, minor), f"cp{major}{minor}", PLATFORMS)
    return {tag: rank for rank, tag in enumerate(tags)}


def choose(files, version, tags):
    """The file that pip takes: the wheel with the best tag, else the source archive."""
    best = None
    for release, file, url, _, _ in files:
        if release != version:
            continue
        if not file.endswith(".whl"):
            rank = len(tags)
        else:
            ranks = [tags[tag] for tag in parse_wheel_filename(file)[3] if tag in tags]
            if not ranks:
                continue
            rank = min(ranks)
        if best is None or rank < best[0]:
            best = (rank, file, url)
    return best and best[1:]


def has_musl(files, version, python):
    """Whether there is a wheel for Alpine's libc."""
    interpreters = {"py3", "py2", f"cp{python.replace('.', '')}"}
    for release, file, *_ in files:
        if release == version and file.endswith(".whl"):
            for tag in parse_wheel_filename(file)[3]:
                platform = tag.platform == "any" or (
                    tag.platform.startswith("musllinux") and tag.platform.endswith("x86_64")
                )
                abi3 = tag.abi == "abi3" and tag.interpreter.startswith("cp3")
                if platform and (tag.interpreter in interpreters or abi3):
                    return True
    return False


def built(archive, name):
    """The wheel that a source archive makes, where it needs no compiler."""
    with tempfile.TemporaryDirectory() as directory:
        source = pathlib.Path(directory, name)
        source.write_bytes(archive)
        done = subprocess.run(
            [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", directory, source],
            capture_output=True,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "CC": "/bin/false", "HOME": directory},
        )
        wheels = list(pathlib.Path(directory).glob("*-none-any.whl"))
        if done.returncode or not wheels:
            return None
        return wheels[0].name, wheels[0].read_bytes()


def measure(data, interpreters):
    """The files of a wheel: their places, sizes, and those of their compiled form."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    infos = [info for info in archive.infolist() if not info.is_dir()]
    info_name = next(i.filename for i in infos if i.filename.endswith(".dist-info/METADATA"))
    info = info_name.split("/")[0]
    stem = info.removesuffix(".dist-info")
    files = []
    with tempfile.TemporaryDirectory() as directory:
        sources = []
        for each in infos:
            path, size = each.filename, each.file_size
            mode = (each.external_attr >> 16) & 0o111
            if path == f"{info}/RECORD" or path.startswith(f"{info}/RECORD."):
                continue
            head, _, rest = path.partition("/")
            place = path
            if head == f"{stem}.data":
                scheme, _, rest = rest.partition("/")
                if scheme in ("purelib", "platlib"):
                    place = rest
                elif scheme == "scripts":
                    place = f"@bin/{rest}"
                    content = archive.read(each)
                    mode = 0o111
                    if content.startswith(b"#!python"):
                        # pip puts its interpreter's path there.
                        size, place = size - len(b"#!python") , f"@bin#/{rest}"
                elif scheme == "data":
                    place = f"@data/{rest}"
                else:
                    place = f"@data/include/{stem.split('-')[0]}/{rest}"
            if place.endswith(".py") and not place.startswith("@"):
                target = pathlib.Path(directory, str(len(sources)))
                target.write_bytes(archive.read(each))
                sources.append((place, str(target)))
            files.append([place, size, bool(mode)])
        compiled = {}
        paths = "".join(f"{path}\n" for _, path in sources)
        for version, command in interpreters.items():
            done = subprocess.run(
                [command, "-c", COMPILE], input=paths, capture_output=True, text=True, check=True
            )
            for (place, _), size in zip(sources, json.loads(done.stdout)):
                compiled.setdefault(place, {})[version] = size
    entry = f"{info}/entry_points.txt"
    points = archive.read(entry).decode() if entry in archive.namelist() else ""
    metadata = email.parser.HeaderParser().parsestr(
        archive.read(info_name).decode("utf-8", "replace")
    )
    return {
        "info": info,
        "bytes": len(data),
        "files": [[*file, compiled.get(file[0])] for file in files],
        "scripts": scripts(points),
        "requires": metadata.get_all("Requires-Dist") or [],
        "extras": metadata.get_all("Provides-Extra") or [],
    }


def scripts(points):
    found, section = [], None
    for line in points.splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("["):
            section = line
        elif "=" in line and section in ("[console_scripts]", "[gui_scripts]"):
            name, _, target = line.partition("=")
            found.append((name.strip(), target.split("[")[0].strip().replace(" ", "")))
    return found


def cached(cache, url, interpreters):
    """What is measured of a file, from the cache where it is there."""
    known = hashlib.sha256(f"{url} {sorted(interpreters)}".encode()).hexdigest()[:32]
    record = cache / f"{known}.json"
    if record.exists():
        return json.loads(record.read_text())
    name = url.rsplit("/", 1)[1]
    data = fetch(url)
    result = {"sdist": not name.endswith(".whl"), "download": len(data)}
    if result["sdist"]:
        wheel = built(data, name)
        if wheel:
            result |= measure(wheel[1], interpreters)
        else:
            result |= {"compiled": True}
    else:
        result |= measure(data, interpreters)
    record.write_text(json.dumps(result))
    return result


def shared(before, path):
    count = 0
    limit = min(len(before), len(path))
    while count < limit and before[count] == path[count]:
        count += 1
    return f"{count}:{path[count:]}" if count > 3 else path


def summed(files, pythons, earlier):
    """Directories of very large wheels, summed up below the second level; of earlier
    releases, below the first."""
    if len(files) <= MOST_FILES and not earlier:
        return [(path, size, mode, compiled, 0) for path, size, mode, compiled in files]
    groups, out = {}, []
    for path, size, mode, compiled in files:
        parts = path.split("/")
        depth = 2 if len(files) <= 4 * MOST_FILES and not earlier else 1
        if len(parts) <= depth + 1 or path.startswith("@") or ".dist-info/" in path:
            out.append((path, size, mode, compiled, 0))
            continue
        group = groups.setdefault("/".join(parts[:depth]), [0, 0, {p: 0 for p in pythons}, 0])
        group[0] += size
        group[1] += 1
        for python in pythons:
            group[2][python] += (compiled or {}).get(python) or 0
        group[3] += bool(compiled)
    # Each module's compiled form holds its path: `(count of modules)` is kept for that.
    for path, (size, count, compiled, modules) in groups.items():
        out.append((path, size, False, compiled | {"modules": modules}, count))
    return out


def record_sizes(files, info):
    """Bytes of RECORD as pip writes it, without the lines of scripts: (all, for modules)."""
    plain, modules = len(f"{info}/RECORD,,\r\n") + len(f"{info}/INSTALLER,sha256=,4\r\n") + 43, 0
    for path, size, _, compiled in files:
        if path.startswith("@"):
            continue
        quoted = 2 if "," in path else 0
        plain += len(path.encode()) + quoted + len(",sha256=,\r\n") + 43 + len(str(size))
        if compiled and any(compiled.values()):
            directory, _, name = path.rpartition("/")
            stem = name.removesuffix(".py")
            line = f"{directory}/" if directory else ""
            modules += len(f"{line}__pycache__/{stem}.cpython-311.pyc,,\r\n".encode())
    return plain, modules


def write(distributions, pythons, date, out):
    out.write("layerlab-python 1\n")
    out.write(f"# the wheels of the Python package index, read {date}; compiled with {', '.join(pythons)}\n")
    out.write(f"P {' '.join(pythons)}\n")
    for name, distribution in sorted(distributions.items()):
        out.write(f"D {name}\n")
        for python, versions in distribution["versions"]:
            out.write(f"{'Y' if python == '!' else f'V {python}'} {' '.join(versions)}\n")
        for version, release in sorted(distribution["releases"].items(), key=lambda r: Version(r[0])):
            out.write(f"R {version} {'musl' if release['musl'] else '-'}\n")
            first = next(iter(release["files"].values()))
            if first.get("info"):
                out.write(f"I {first['info']}\n")
            for requirement in first.get("requires", []):
                out.write(f"Q {' '.join(requirement.split())}\n")
            for script, target in first.get("scripts", []):
                out.write(f"C {script} {target}\n")
            groups = {}
            for python, file in release["files"].items():
                groups.setdefault(json.dumps(file, sort_keys=True), []).append(python)
            for file, of in groups.items():
                file = json.loads(file)
                kind = "build" if file.get("compiled") else "sdist" if file["sdist"] else "wheel"
                of = of if len(groups) > 1 or len(of) < len(pythons) else pythons
                out.write(f"W {','.join(of)} {kind} {file['download']} {file['name']}\n")
                if kind == "build":
                    continue
                plain, modules = record_sizes(file["files"], file["info"])
                out.write(f"B {plain} {modules}\n")
                before = ""
                for path, size, mode, compiled, count in sorted(summed(file["files"], of, release.get("earlier"))):
                    line = f"{'d' if count else 'x' if mode else 'f'} {shared(before, path)}\t{size}"
                    if count:
                        line += f"\t{count}\t{compiled['modules']}"
                    if compiled:
                        line += "".join(f"\t{compiled.get(python) or 0}" for python in of)
                    out.write(line + "\n")
                    before = path


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--python", action="append", required=True, metavar="VERSION=COMMAND")
    arguments.add_argument("--cache", type=pathlib.Path, default=ROOT / "target/python-catalog")
    asked = arguments.parse_args()
    interpreters = dict(each.split("=", 1) for each in asked.python)
    pythons = list(interpreters)
    asked.cache.mkdir(parents=True, exist_ok=True)
    index = index_url()
    lines = [line for line in NAMES.read_text().splitlines() if line and line[0] != "#"]
    wanted = {}
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        jobs = {(line, python): pool.submit(resolve, line, python) for line in lines for python in pythons}
        for (_, python), job in jobs.items():
            for name, version in job.result().items():
                wanted.setdefault(name, {}).setdefault(version, set()).add(python)
    print(f"{len(wanted)} distributions, {sum(map(len, wanted.values()))} releases", file=sys.stderr)
    tags = {python: supported(python) for python in pythons}
    named = {canonicalize_name(re.split(r"[\[=]", line)[0]) for line in lines}

    def earlier(files, known):
        """The newest release of each of the series before the newest."""
        series = {}
        for version in sorted({file[0] for file in files if not file[4]}, reverse=True):
            if not version.is_prerelease:
                series.setdefault((version.epoch, *version.release[:2]), version)
        have = {(Version(v).epoch, *Version(v).release[:2]) for v in known}
        return [v for key, v in list(series.items())[: SERIES + 1] if key not in have]

    def size_of(url):
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=60) as answer:
            return int(answer.headers["Content-Length"])

    def distribution(name):
        files = releases(index, name)
        by_python, seen = {}, set()
        for version, _, _, python, yanked in sorted(files, key=lambda file: file[0], reverse=True):
            if version not in seen:
                seen.add(version)
                key = "!" if yanked or version.is_prerelease else python or "-"
                by_python.setdefault(key, []).append(str(version))
        found = {}
        for version, for_pythons in wanted[name].items():
            release = {"files": {}, "musl": has_musl(files, Version(version), pythons[0])}
            for python in pythons:
                # A release of which one Python has need is measured for all that can have it.
                file = choose(files, Version(version), tags[python])
                if not file or (python not in for_pythons and not file[0].endswith("none-any.whl")):
                    continue
                own = interpreters if file[0].endswith("none-any.whl") else {python: interpreters[python]}
                if not file[0].endswith(".whl"):
                    own = interpreters
                release["files"][python] = cached(asked.cache, file[1], own) | {"name": file[0]}
            if release["files"]:
                found[version] = release
        for version in earlier(files, found) if name in named else []:
            release = {"files": {}, "musl": has_musl(files, version, pythons[0]), "earlier": True}
            for python in pythons:
                file = choose(files, version, tags[python])
                if not file or not file[0].endswith(".whl") or size_of(file[1]) > MOST_BYTES:
                    continue
                own = interpreters if file[0].endswith("none-any.whl") else {python: interpreters[python]}
                release["files"][python] = cached(asked.cache, file[1], own) | {"name": file[0]}
            if release["files"]:
                found[str(version)] = release
        return {"versions": list(by_python.items()), "releases": found}

    distributions = {}
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        jobs = {name: pool.submit(distribution, name) for name in wanted}
        for name, job in jobs.items():
            try:
                distributions[name] = job.result()
            except Exception as error:
                print(f"{name}: {error!r}", file=sys.stderr)
    text = io.StringIO()
    write(distributions, pythons, datetime.date.today().isoformat(), text)
    subprocess.run(["zstd", "-q", "-f", "--ultra", "-22", "--long=24", "-o", OUTPUT], input=text.getvalue().encode(), check=True)
    print(f"{OUTPUT}: {len(text.getvalue())} bytes, {OUTPUT.stat().st_size} packed", file=sys.stderr)


if __name__ == "__main__":
    main()
