#!/usr/bin/env python3
"""Records what a real engine installs for the cases in crates/engine/tests/packages.

    tests/record-packages.py [NAME…]        (all cases, or those named)

A case is NAME.Dockerfile; NAME.json is written beside it: whether the build works, the layers
past the base image's with their bytes, the packages that are installed at the end with their
versions, and the date. Needs `docker` with an engine that has the base images, and a network.
Archives change: a case that was recorded long ago may name versions that are gone.
"""
import datetime, importlib.util, json, pathlib, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location("record", HERE / "record.py")
record = importlib.util.module_from_spec(spec)
spec.loader.exec_module(record)
ROOT = HERE.parent / "crates/engine/tests/packages"
TAG = "layerlab-packages"


def base_history(dockerfile):
    """Number of history entries of the image that the last stage begins with."""
    line = [line for line in dockerfile.read_text().splitlines() if line.startswith("FROM ")][-1]
    found = record.docker("image", "history", "-q", "--no-trunc", line.split()[1])
    return len(found.stdout.splitlines())


def measure(dockerfile):
    with tempfile.TemporaryDirectory() as context:
        built = record.docker("build", "--no-cache", "--network=host", "-q", "-t", TAG, "-f", str(dockerfile), context)
    out = {"date": datetime.date.today().isoformat(), "success": built.returncode == 0}
    if built.returncode:
        lines = [line for line in built.stderr.splitlines() if "did not complete" in line]
        out["error"] = lines[-1].split("failed to solve: ")[-1] if lines else built.stderr[-300:]
        return out
    history = record.docker("image", "history", "--no-trunc", "--human=false", "--format", "{{.Size}}\t{{.CreatedBy}}", TAG)
    layers = [line.split("\t", 1) for line in history.stdout.splitlines()]
    own = layers[: len(layers) - base_history(dockerfile)]
    out["layers"] = [{"created_by": by, "size": int(size)} for size, by in reversed(own)]
    listed = record.docker("run", "--rm", "--entrypoint", "dpkg-query", TAG, "-W", "-f", "${db:Status-Abbrev} ${Package} ${Version}\n")
    rows = [line.split() for line in listed.stdout.splitlines()]
    out["packages"] = {name: version for state, name, version in rows if state == "ii"}
    return out


def main():
    names = sys.argv[1:] or sorted(path.stem for path in ROOT.glob("*.Dockerfile"))
    for name in names:
        out = measure(ROOT / f"{name}.Dockerfile")
        (ROOT / f"{name}.json").write_text(json.dumps(out, indent=1) + "\n")
        print(f"{name}: {out.get('error') or [layer['size'] for layer in out['layers']]}")


if __name__ == "__main__":
    main()
