#!/usr/bin/env python3
"""Measures npm packages and writes static/catalog/node.index.zst.

    scripts/refresh-node.py

Lets npm resolve each line of static/catalog/node.names, and reads the archives of what that
takes (and no others) from the registry that npm is set up with. What it read is kept below
--cache, so that a second run reads only what is new. Needs npm and zstd.
"""
import argparse
import concurrent.futures
import datetime
import hashlib
import io
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAMES = ROOT / "static/catalog/node.names"
OUTPUT = ROOT / "static/catalog/node.index.zst"
# Directories of packages with more files than this are summed up.
MOST_FILES = 120
# What an entry of a lock file says of its place, and where it came from.
PLACE = ("optional", "peer", "dev", "devOptional", "resolved")
# How many releases a package lists, newest first, beside those measured.
MOST_VERSIONS = 400


def fetch(url, **headers):
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=180) as answer:
        return answer.read()


def lock(spec, cache):
    """The packages that a project with one dependency installs, as npm's lock file has them."""
    record = cache / f"lock-{hashlib.sha256(spec.encode()).hexdigest()[:24]}.json"
    if not record.exists():
        name, _, version = spec.rpartition("@") if "@" in spec[1:] else (spec, "", "latest")
        with tempfile.TemporaryDirectory() as directory:
            project = {"name": "x", "version": "1.0.0", "dependencies": {name: version}}
            pathlib.Path(directory, "package.json").write_text(json.dumps(project))
            done = subprocess.run(
                ["npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"],
                cwd=directory,
                capture_output=True,
                text=True,
            )
            if done.returncode:
                print(f"{spec}: {done.stderr.strip()[-300:]}", file=sys.stderr)
                return {}
            record.write_text(pathlib.Path(directory, "package-lock.json").read_text())
    return json.loads(record.read_text())["packages"]


def measured(registry, name, version, cache):
    """The files of a release, from the cache where they are there."""
    record = cache / f"{hashlib.sha256(f'{name}@{version}'.encode()).hexdigest()[:32]}.json"
    if record.exists():
        return json.loads(record.read_text())
    data = fetch(f"{registry.rstrip('/')}/{name}/-/{name.rpartition('/')[2]}-{version}.tgz")
    files, manifest = [], {}
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            # npm takes the first directory off, whatever its name.
            path = member.name.removeprefix("./").partition("/")[2]
            if not member.isfile() or not path:
                continue
            if path == "package.json":
                manifest = json.loads(archive.extractfile(member).read().decode("utf-8-sig"))
            files.append((path, member.size, bool(member.mode & 0o111)))
    kept = ("dependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta")
    kept += ("bundleDependencies", "bundledDependencies")
    result = {"download": len(data), "files": sorted(files)}
    result |= {key: manifest[key] for key in kept if manifest.get(key)}
    bins = manifest.get("bin") or {}
    if isinstance(bins, str):
        bins = {name.rpartition("/")[2]: bins}
    result["bin"] = {key: path.removeprefix("./") for key, path in bins.items()}
    record.write_text(json.dumps(result))
    return result


def document(registry, name, cache):
    """The releases of a package and the size of what the registry says of it."""
    record = cache / f"doc-{hashlib.sha256(name.encode()).hexdigest()[:24]}.json"
    if record.exists():
        return json.loads(record.read_text())
    url = f"{registry.rstrip('/')}/{urllib.parse.quote(name, safe='@')}"
    data = fetch(url, Accept="application/vnd.npm.install-v1+json")
    said = json.loads(data)
    result = {
        "bytes": len(data),
        "latest": said["dist-tags"]["latest"],
        "versions": [
            (version, needs(manifest))
            for version, manifest in said["versions"].items()
            if "-" not in version
        ][::-1][:MOST_VERSIONS],
    }
    record.write_text(json.dumps(result))
    return result


def needs(manifest):
    """The versions of Node that a release states it needs."""
    engines = manifest.get("engines")
    return engines.get("node", "") if isinstance(engines, dict) else ""


def shared(before, path):
    count = 0
    limit = min(len(before), len(path))
    while count < limit and before[count] == path[count]:
        count += 1
    return f"{count}:{path[count:]}" if count > 3 else path


def summed(files):
    if len(files) <= MOST_FILES:
        return [(path, size, mode, 0) for path, size, mode in files]
    groups, out = {}, []
    for path, size, mode in files:
        head, _, rest = path.partition("/")
        if not rest or mode:
            out.append((path, size, mode, 0))
        else:
            group = groups.setdefault(head, [0, 0])
            group[0] += size
            group[1] += 1
    out.extend((path, size, False, count) for path, (size, count) in groups.items())
    return sorted(out)


def write(packages, named, date, out):
    out.write("layerlab-node 1\n")
    out.write(f"# the archives of npm's registry, read {date}\n")
    for name, package in sorted(packages.items()):
        said = package["document"]
        out.write(f"D {name} {said['latest']} {said['bytes']}\n")
        if name in named:
            groups = {}
            for version, engines in said["versions"]:
                groups.setdefault(" ".join(engines.split()) or "*", []).append(version)
            for engines, versions in groups.items():
                out.write(f"V {engines}\t{' '.join(versions)}\n")
        for version, (entry, files) in package["releases"].items():
            # The bytes of npm's entry in a lock file, without its path and `resolved`.
            shown = json.dumps({"packages": {"": entry}}, indent=2, ensure_ascii=False)
            line = len(shown.encode()) - len('{\n  "packages": {\n    "": \n  }\n}')
            needs = [key for key in ("os", "cpu", "libc") if key in entry]
            flags = ",".join(f"{key}={'|'.join(entry[key])}" for key in needs)
            script = "s" if entry.get("hasInstallScript") else "-"
            out.write(f"R {version} {files['download']} {line} {script} {flags or '-'}\n")
            optional = files.get("optionalDependencies", {})
            for other, wanted in files.get("dependencies", {}).items():
                if other not in optional:
                    out.write(f"Q {other} {wanted}\n")
            for other, wanted in optional.items():
                out.write(f"O {other} {wanted}\n")
            meta = files.get("peerDependenciesMeta", {})
            for other, wanted in files.get("peerDependencies", {}).items():
                if not meta.get(other, {}).get("optional"):
                    out.write(f"P {other} {wanted}\n")
            for program, path in files.get("bin", {}).items():
                out.write(f"C {program} {path}\n")
            before = ""
            for path, size, mode, count in summed([tuple(file) for file in files["files"]]):
                kind = "d" if count else "x" if mode else "f"
                extra = f"\t{count}" if count else ""
                out.write(f"{kind} {shared(before, path)}\t{size}{extra}\n")
                before = path


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--cache", type=pathlib.Path, default=ROOT / "target/node-catalog")
    asked = arguments.parse_args()
    asked.cache.mkdir(parents=True, exist_ok=True)
    registry = subprocess.run(["npm", "config", "get", "registry"], capture_output=True, text=True)
    registry = registry.stdout.strip()
    specs = [line for line in NAMES.read_text().splitlines() if line and line[0] != "#"]
    named = {spec.rpartition("@")[0] if "@" in spec[1:] else spec for spec in specs}
    wanted = {}
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        for packages in pool.map(lambda spec: lock(spec, asked.cache), specs):
            for path, entry in packages.items():
                if not path:
                    continue
                name = entry.get("name") or path.rpartition("node_modules/")[2]
                # What is bundled in another package's archive is measured with that one.
                if name and "version" in entry and not entry.get("inBundle"):
                    kept = {k: v for k, v in entry.items() if k not in PLACE}
                    wanted.setdefault(name, {})[entry["version"]] = kept
    print(f"{len(wanted)} packages, {sum(map(len, wanted.values()))} releases", file=sys.stderr)

    def package(name):
        releases = {}
        for version, entry in wanted[name].items():
            releases[version] = (entry, measured(registry, name, version, asked.cache))
        return {"document": document(registry, name, asked.cache), "releases": releases}

    packages = {}
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        jobs = {name: pool.submit(package, name) for name in wanted}
        for name, job in jobs.items():
            try:
                packages[name] = job.result()
            except Exception as error:
                print(f"{name}: {error!r}", file=sys.stderr)
    text = io.StringIO()
    write(packages, named, datetime.date.today().isoformat(), text)
    subprocess.run(["zstd", "-q", "-f", "--ultra", "-22", "--long=24", "-o", OUTPUT], input=text.getvalue().encode(), check=True)
    print(f"{OUTPUT}: {len(text.getvalue())} bytes, {OUTPUT.stat().st_size} packed", file=sys.stderr)


if __name__ == "__main__":
    main()
