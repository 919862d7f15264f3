#!/usr/bin/env python3
"""Records what a real engine makes of the cases in crates/engine/tests/recorded.

    tests/record.py [NAME…]        (all cases, or those named)

A case is a folder with a context (`context/`, or `Dockerfile` alone in it), and optionally
`case.json`: {"args": {K: V}, "target": T, "file": NAME, "modes": {path: "0600"},
"links": {path: target}, "empty": [directory], "contexts": {NAME: folder beside the context, or
docker-image://REFERENCE}, "network": true where packages are installed}. Files are taken as 0644 (0755 with the x
bit) and directories as 0755, so that a checkout's umask does not matter; "modes" says
otherwise. Needs `docker` with an engine that has BuildKit and the base images that the
cases name; writes `expected.json` beside the context.

Only what the build adds is recorded: layers and history past the base image's own. Of steps
that install packages the entries are left out (see record-packages.py). Network is off in RUN
unless the case says otherwise. Modification times are not recorded.
"""
import io, json, os, pathlib, re, shutil, subprocess, sys, tarfile, tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent / "crates/engine/tests/recorded"
CONFIG = "User Env Cmd Entrypoint WorkingDir ExposedPorts Volumes Labels Healthcheck OnBuild Shell StopSignal".split()
TAG = "layerlab-recorded"
# What differs from one build to the next in a message.
VOLATILE = [(re.compile(r"ref [0-9a-z-]+::[0-9a-z]+"), "ref REF"), (re.compile(r"\b[0-9a-z]{25}\b"), "REF")]


def docker(*args):
    return subprocess.run(["docker", *args], capture_output=True, text=True)


def lay_out(source, spec, into):
    """The context as the engine shall see it, with the modes that the case states."""
    shutil.copytree(source, into, symlinks=True, dirs_exist_ok=True)
    for path, target in spec.get("links", {}).items():
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        os.symlink(target, into / path)
    for path in spec.get("empty", []):
        (into / path).mkdir(parents=True, exist_ok=True)
    for path in [into, *sorted(into.rglob("*"))]:
        if path.is_symlink():
            continue
        executable = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if executable else 0o644)
    for path, mode in spec.get("modes", {}).items():
        (into / path).chmod(int(mode, 8))


def entries(layer):
    for member in layer.getmembers():
        kind = ("dir" if member.isdir() else "symlink" if member.issym() else "hardlink" if member.islnk()
                else "file" if member.isfile() else "other")
        path = "/" + member.name.removeprefix("./").strip("/")
        if path.rsplit("/", 1)[1].startswith(".wh."):
            kind = "whiteout"
        entry = {"path": path, "kind": kind, "mode": oct(member.mode & 0o7777), "uid": member.uid, "gid": member.gid}
        if kind == "file":
            entry["size"] = member.size
        if kind in ("symlink", "hardlink"):
            entry["link"] = ("/" if kind == "hardlink" else "") + member.linkname
        yield entry


def error_of(stderr):
    lines = [line for line in stderr.splitlines() if line.strip()]
    message = next((line for line in reversed(lines) if line.startswith("ERROR: ")), lines[-1] if lines else "")
    message = message.removeprefix("ERROR: ").removeprefix("failed to build: ").removeprefix("failed to solve: ")
    at = [int(found[1]) for line in lines if (found := re.match(r"^ *(\d+) \| >>> ", line))]
    for pattern, text in VOLATILE:
        message = pattern.sub(text, message)
    return {"message": message, "lines": at}


def record(case):
    spec = json.loads((case / "case.json").read_text()) if (case / "case.json").exists() else {}
    with tempfile.TemporaryDirectory() as work:
        context = pathlib.Path(work) / "context"
        lay_out(case / "context", spec, context)
        network = "host" if spec.get("network") else "none"
        command = ["build", "--progress=plain", "--network", network, "--no-cache", "-t", TAG]
        for key, value in spec.get("args", {}).items():
            command += ["--build-arg", f"{key}={value}"]
        for name, value in spec.get("contexts", {}).items():
            if "://" not in value:
                named = pathlib.Path(work) / "named" / value
                lay_out(case / value, {}, named)
                value = str(named)
            command += ["--build-context", f"{name}={value}"]
        if spec.get("target"):
            command += ["--target", spec["target"]]
        command += ["-f", str(context / spec.get("file", "Dockerfile")), str(context)]
        docker("rmi", "-f", TAG)
        built = docker(*command)
        if built.returncode:
            return {"ok": False, "error": error_of(built.stderr)}
        inspected = docker("inspect", TAG)
        if inspected.returncode:
            return {"ok": True, "image": False}
        seen = json.loads(inspected.stdout)[0]
        config = {key: value for key, value in seen["Config"].items() if value and key in CONFIG}
        saved = pathlib.Path(work) / "image.tar"
        if docker("save", "-o", str(saved), TAG).returncode:
            # An image without layers cannot be saved; its history can be read all the same.
            steps = docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", TAG).stdout.splitlines()
            return {"ok": True, "config": config, "layers": [{"created_by": s, "empty": True} for s in reversed(steps)]}
        with tarfile.open(saved) as image:
            manifest = json.load(image.extractfile("manifest.json"))[0]
            described = json.load(image.extractfile(manifest["Config"]))
            base = base_steps(described)
            blobs = iter(manifest["Layers"])
            layers = []
            for number, step in enumerate(described["history"]):
                blob = None if step.get("empty_layer") else next(blobs)
                if number < base:
                    continue
                row = {"created_by": step.get("created_by", ""), "empty": blob is None}
                if blob and "apt-get" in row["created_by"]:
                    row["packages"] = True
                elif blob:
                    layer = tarfile.open(fileobj=io.BytesIO(image.extractfile(blob).read()))
                    row["entries"] = sorted(entries(layer), key=lambda e: e["path"])
                layers.append(row)
        out = {"ok": True, "config": config, "layers": layers}
        if described.get("author"):
            out["author"] = described["author"]
        return out


BASES = {}


def base_steps(described):
    """Steps of the history that come from a base image on this engine."""
    if not BASES:
        for line in docker("images", "--format", "{{.Repository}}:{{.Tag}}").stdout.split():
            if line.startswith(TAG) or "<none>" in line or line.startswith("bare-"):
                continue
            layers = json.loads(docker("inspect", line).stdout)[0]["RootFS"].get("Layers") or []
            history = [r for r in docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", line).stdout.splitlines()]
            BASES[line] = (layers, len(history))
    own = described["rootfs"]["diff_ids"]
    best = 0
    for layers, steps in BASES.values():
        if layers and own[: len(layers)] == layers:
            best = max(best, steps)
    return best


def main(names):
    if (asked := docker("version")).returncode:
        sys.exit(f"No engine to record from: {asked.stderr.strip()}")
    cases = [ROOT / name for name in names] or sorted(p for p in ROOT.iterdir() if p.is_dir())
    for case in cases:
        expected = record(case)
        (case / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")
        print(f"{case.name}: {'ok' if expected['ok'] else expected['error']['message']}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
