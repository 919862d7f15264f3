#!/usr/bin/env python3
"""Records what a real engine installs for the cases in crates/engine/tests/packages.

    tests/record-packages.py [NAME…]              (all cases, or those named)
    tests/record-packages.py --entries [NAME…]    (entries of layers alone)

A case is NAME.Dockerfile, with the folder NAME as its context where there is one; NAME.json is
written beside it (and NAME.entries.gz, for Debian's own images: the entries of each layer that has
no more than MOST of them, with the date): whether the build works, the layers past the base image's with their bytes,
the packages that are installed at the end with their versions (of dpkg on Debian's own images,
of pip and npm on others), and the date. Needs `docker` with an engine that has the base images, and a network.
Archives change: a case that was recorded long ago may name versions that are gone. Lock files name the
registry that they were made with: in the cases' folders others stand for it, of the same length.
"""
import datetime, gzip, importlib.util, io, json, pathlib, re, shutil, subprocess, sys, tarfile, tempfile, urllib.parse
from pip._internal.models.index import PyPI

HERE = pathlib.Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location("record", HERE / "record.py")
record = importlib.util.module_from_spec(spec)
spec.loader.exec_module(record)
ROOT = HERE.parent / "crates/engine/tests/packages"
TAG = "layerlab-packages"
MOST = 6000
# apt names its lists after the mirror's host.
MIRROR = re.compile(r"(/var/lib/apt/lists/(?:partial/|auxfiles/)?(?:\.wh\.)?)[a-z0-9.-]+\.[a-z]+_")


NPM = subprocess.run(["npm", "config", "get", "registry"], capture_output=True, text=True).stdout
STAND_INS = {
    "reg.test": PyPI.netloc,
    "files.packages.invalid": PyPI.file_storage_domain,
    "registry.node.test": urllib.parse.urlsplit(NPM.strip()).netloc,
}


def context(case, folder):
    """The context of a case, its lock files as the registry has them."""
    if not case.is_dir():
        return
    shutil.copytree(case, folder, dirs_exist_ok=True, symlinks=True)
    for path in pathlib.Path(folder).rglob("*"):
        if path.name in ("pyproject.toml", "Pipfile") or path.suffix == ".lock":
            text = path.read_text()
            for stand_in, host in STAND_INS.items():
                text = text.replace(f"https://{stand_in}/", f"https://{host}/")
            path.write_text(text)


def base_history(dockerfile):
    """Number of history entries of the image that the last stage begins with."""
    line = [line for line in dockerfile.read_text().splitlines() if line.startswith("FROM ")][-1]
    found = record.docker("image", "history", "-q", "--no-trunc", line.split()[1])
    return len(found.stdout.splitlines())


# dpkg's books, distributions by their metadata, packages by their manifests; those of the images' own tools
# are left out.
DPKG = "dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\\n'"
PIP = "find / -xdev -name '*.dist-info' -type d | grep -v -e /_vendor/ -e ^/usr/lib/python3/ | sed 's|.*/||; s|.dist-info$||'"
MODULES = """find / -xdev -path '*/node_modules/*' -name package.json |
grep -E 'node_modules/(@[^/]*/)?[^/]*/package.json$' |
grep -v -e '^/usr/local/lib/node_modules/\\(npm\\|corepack\\|pnpm/dist\\)/' -e ^/usr/share/nodejs/ |
while read -r f; do echo "${f%/package.json} $(grep -m1 '"version"' "$f" | cut -d'"' -f4)"; done"""
TOOLS = ("pip", "setuptools", "wheel")


def listed(script):
    found = record.docker("run", "--rm", "--entrypoint", "sh", TAG, "-c", script)
    return sorted(set(found.stdout.splitlines()))


def entries(count):
    """The entries of the image's last layers, a line each: kind, mode, owner, group, bytes, path and link;
    a line with the number of a layer goes before them."""
    out = []
    with tempfile.NamedTemporaryFile(suffix=".tar") as saved:
        record.docker("save", "-o", saved.name, TAG)
        image = tarfile.open(saved.name)
        manifest = json.load(image.extractfile("manifest.json"))[0]
        steps = json.load(image.extractfile(manifest["Config"]))["history"]
        blobs = iter(manifest["Layers"])
        for number, step in enumerate(steps, count - len(steps)):
            blob = None if step.get("empty_layer") else next(blobs)
            if number < 0 or not blob:
                continue
            layer = tarfile.open(fileobj=io.BytesIO(image.extractfile(blob).read()))
            found = sorted(record.entries(layer), key=lambda entry: entry["path"])
            if len(found) > MOST:
                continue
            out.append(f"# layer {number}")
            for entry in found:
                path = MIRROR.sub(r"\1mirror_", entry["path"])
                fields = [entry["kind"], entry["mode"], entry["uid"], entry["gid"], entry.get("size", 0)]
                out.append(" ".join(map(str, fields)) + f" {path}\t{entry.get('link', '')}")
    return f"# recorded {datetime.date.today()}\n" + "\n".join(out) + "\n"


def measure(dockerfile):
    with tempfile.TemporaryDirectory() as folder:
        context(dockerfile.with_suffix(""), folder)
        built = record.docker("build", "--no-cache", "--network=host", "-q", "-t", TAG, "-f", str(dockerfile), folder)
    out = {"date": datetime.date.today().isoformat(), "success": built.returncode == 0}
    if built.returncode:
        lines = [line for line in built.stderr.splitlines() if "did not complete" in line]
        out["error"] = lines[-1].split("failed to solve: ")[-1] if lines else built.stderr[-300:]
        return out
    history = record.docker("image", "history", "--no-trunc", "--human=false", "--format", "{{.Size}}\t{{.CreatedBy}}", TAG)
    layers = [line.split("\t", 1) for line in history.stdout.splitlines()]
    own = layers[: len(layers) - base_history(dockerfile)]
    out["layers"] = [{"created_by": by, "size": int(size)} for size, by in reversed(own)]
    base = dockerfile.read_text().rsplit("FROM ", 1)[1].split()[0]
    if base.startswith("debian:"):
        # A package that was never installed has no version.
        rows = [row for row in map(str.split, listed(DPKG)) if len(row) == 3]
        out["packages"] = {name: version for state, name, version in rows if state == "ii"}
        path = dockerfile.with_suffix(".entries.gz")
        path.write_bytes(gzip.compress(entries(len(own)).encode(), mtime=0))
    pairs = [line.rsplit("-", 1) for line in listed(PIP)]
    names = {name.lower().replace("_", "-").replace(".", "-"): version for name, version in pairs}
    out["pip"] = {name: version for name, version in names.items() if name not in TOOLS}
    out["npm"] = listed(MODULES)
    return out


def main():
    words = sys.argv[1:]
    only_entries = words[:1] == ["--entries"]
    names = words[only_entries:] or sorted(path.stem for path in ROOT.glob("*.Dockerfile"))
    for name in names:
        if only_entries and "\nFROM debian:" not in "\n" + (ROOT / f"{name}.Dockerfile").read_text():
            continue
        out = measure(ROOT / f"{name}.Dockerfile")
        if not only_entries:
            (ROOT / f"{name}.json").write_text(json.dumps(out, indent=1) + "\n")
        print(f"{name}: {out.get('error') or [layer['size'] for layer in out['layers']]}", flush=True)


if __name__ == "__main__":
    main()
