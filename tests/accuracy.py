#!/usr/bin/env python3
"""Writes docs/accuracy.md: the estimate beside the truth, for each recorded installation.

    tests/accuracy.py

Needs target/native/layerlab (make serve builds it); the truth is in crates/engine/tests/packages,
made by tests/record-packages.py.
"""
import gzip, json, pathlib, statistics, subprocess, tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CASES = ROOT / "crates/engine/tests/packages"
RESOLVER = ROOT / "crates/engine/tests/resolver"
# Cases that were looked at when the model was made; the others were not.
MODELLED = set((CASES / "modelled").read_text().split())


# Cases whose packages are known to differ, with the reason.
DIFFERS = dict(
    line.split(" ", 1) for line in (CASES / "differs").read_text().splitlines() if line[0] != "#"
)
# What an image's own tools are, which recordings leave out.
TOOLS = ("pip", "setuptools", "wheel")


def simulate(dockerfile):
    with tempfile.TemporaryDirectory() as empty:
        own = dockerfile.with_suffix("")
        context = own if own.is_dir() else empty
        command = [ROOT / "target/native/layerlab", "simulate", "--json", "--files", "-f", dockerfile, context]
        run = subprocess.run(command, capture_output=True, text=True)
    return json.loads(run.stdout)


def what(instruction):
    """The kind of step; lists weigh what they weighed when the index was made."""
    for kind, words in [("install", ["install", "upgrade"]), ("remove", ["remove", "purge"]), ("update", ["update"])]:
        if any(word in instruction for word in words):
            return kind
    return "other"


def manager(name):
    """The package manager that a case is about."""
    return next((own for own in ("pip", "uv", "poetry", "pipenv", "virtualenv", "npm", "yarn", "pnpm", "bun", "cargo", "javac") if name.split("-")[0] == own), "apt")


def names(truth):
    """The packages that a recording has, by manager."""
    out = {"dpkg": set(truth["packages"])} if "packages" in truth else {}
    if "pip" in truth:
        out["pip"] = set(truth["pip"])
        out["npm"] = {line.split("node_modules/")[-1].rsplit(" ", 1)[0] for line in truth["npm"]}
    return out


def signature(kind, mode, uid, gid, link):
    """What an entry is; links have no permissions of their own."""
    return (kind, "" if kind in ("symlink", "whiteout") else mode, int(uid), int(gid), link)


def entries(path):
    """The recorded entries of a case's layers, by the layer's place."""
    out, layer = {}, None
    file = path.with_suffix(".entries.gz")
    for line in gzip.decompress(file.read_bytes()).decode().split("\n") if file.exists() else []:
        if line.startswith("# layer "):
            layer = out.setdefault(int(line.split()[2]), {})
        elif line and not line.startswith("#"):
            kind, mode, uid, gid, _, rest = line.split(" ", 5)
            name, link = rest.split("\t")
            layer[name] = signature(kind, mode, uid, gid, link)
    return out


def compare_entries(path, report):
    """Of each layer that is listed whole: how many entries there are, and how many are not the same."""
    for number, truth in entries(path).items():
        layer = report["layers"][number]
        if layer.get("unlisted"):
            yield None
            continue
        own = {entry["path"]: signature(entry["kind"], entry["mode"], entry["uid"], entry["gid"], entry.get("link") or "")
               for entry in layer["entries"]}
        off = sum(own.get(name) != what for name, what in truth.items()) + len(own.keys() - truth.keys())
        yield len(truth), off


def main():
    rows, errors = [], {}
    layers = []
    same = {}
    dates = set()
    for path in sorted(CASES.glob("*.json")):
        truth = json.loads(path.read_text())
        kind = (manager(path.stem), "modelled" if path.stem in MODELLED else "held back")
        same.setdefault(kind, [0, 0])
        report = simulate(path.with_suffix(".Dockerfile"))
        dates.add(truth["date"])
        if not truth["success"]:
            right = report["error"] and report["error"]["message"] == truth["error"]
            same[kind][0] += bool(right)
            same[kind][1] += 1
            rows.append((path.stem, kind[1], "the error", "", "", "same" if right else "other"))
            continue
        layers += compare_entries(path, report)
        own = {}
        for package in report["packages"]:
            if package["name"] not in TOOLS or package["manager"] == "dpkg":
                own.setdefault(package["manager"], set()).add(package["name"])
        expected = names(truth)
        right = all(own.get(name, set()) == found for name, found in expected.items())
        same[kind][0] += right
        same[kind][1] += 1
        for layer, real in zip(report["layers"], truth["layers"]):
            if not real["size"]:
                continue
            off = layer["size"]["bytes"] / real["size"] - 1
            errors.setdefault((*kind, what(layer["instruction"])), []).append(abs(off))
            text = layer["instruction"].removeprefix("RUN ").replace("|", "\\|")
            text = text if len(text) < 60 else text[:57] + "…"
            rows.append((path.stem, kind[1], f"`{text}`", f"{layer['size']['bytes']:,}", f"{real['size']:,}", f"{off:+.2%}"))
    lines = ["# Accuracy", "",
             "What Layerlab estimates beside what Docker Engine 28 made of the same Dockerfile, layer by layer, for",
             "installations of packages. Made by `tests/accuracy.py` from the recordings in",
             f"`crates/engine/tests/packages` ({', '.join(sorted(dates))}); do not edit it by hand.", "",
             "Cases *held back* were not looked at while the model was made. Indexes and recordings are of the same day.", "",
             "Pythons and Node of the recordings were built for them: the same releases of pip as in Docker's own images,",
             "on Debian 12. npm's layers hold its cache where a step does not remove it, and most of that is what the",
             "registry says of packages: the registry of the recordings says more than others may, and the range tells.",
             "pip's cases have `--no-cache-dir`: that registry lets pip keep nothing, where others do.", "",
             "| manager | cases | package sets (or errors) equal |", "|---|---|---|"]
    lines += [f"| {own} | {kind} | {right} of {total} |" for (own, kind), (right, total) in sorted(same.items())]
    lines += ["", "Known to differ: " + "; ".join(f"{name} ({why})" for name, why in DIFFERS.items()) + "."]
    calls = {path.name.split(".")[0]: 0 for path in sorted(RESOLVER.glob("*.gz"))}
    for path in RESOLVER.glob("*.gz"):
        calls[path.name.split(".")[0]] += len(gzip.decompress(path.read_bytes()).splitlines())
    told = ", ".join(f"{count} of {suite}" for suite, count in calls.items())
    lines += ["", f"Beside these, apt itself told what it would install for packages and sources drawn by chance: {told}.",
              "The sets that Layerlab chooses for them are the same (`crates/engine/tests/resolver.rs` holds each)."]
    whole = [found for found in layers if found]
    lines += ["", f"Of {len(layers)} layers of apt the entries were recorded too. In {len(layers) - len(whole)} of them are packages whose files the catalog",
              f"does not list. The other {len(whole)} have {sum(count for count, _ in whole):,} entries (path, kind, mode, owner, link), of which {sum(off for _, off in whole):,} differ;",
              f"{sum(not off for _, off in whole)} layers are the same entry by entry, and at worst {max(off / count for count, off in whole if count > 20):.1%} of those past twenty entries differ."]
    lines += ["", "| manager | cases | steps | number | median error | worst error |", "|---|---|---|---:|---:|---:|"]
    for (own, kind, step), values in sorted(errors.items()):
        lines.append(f"| {own} | {kind} | {step} | {len(values)} | {statistics.median(values):.2%} | {max(values):.2%} |")
    lines += ["", "| case | kind | step | estimate (bytes) | real (bytes) | error |", "|---|---|---|---:|---:|---:|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    (ROOT / "docs").mkdir(exist_ok=True)
    (ROOT / "docs/accuracy.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines[12:38]))


if __name__ == "__main__":
    main()
