#!/usr/bin/env python3
"""Writes docs/accuracy.md: the estimate beside the truth, for each recorded installation.

    tests/accuracy.py

Needs target/native/layerlab (make serve builds it); the truth is in crates/engine/tests/packages,
made by tests/record-packages.py.
"""
import json, pathlib, statistics, subprocess, tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CASES = ROOT / "crates/engine/tests/packages"
# Cases that were looked at when the model was made; the others were not.
MODELLED = set((CASES / "modelled").read_text().split())


def simulate(dockerfile):
    with tempfile.TemporaryDirectory() as context:
        (pathlib.Path(context) / "Dockerfile").write_text(dockerfile.read_text())
        run = subprocess.run([ROOT / "target/native/layerlab", "simulate", "--json", context], capture_output=True, text=True)
    return json.loads(run.stdout)


def what(instruction):
    """The kind of step; lists weigh what they weighed when the index was made."""
    for kind, words in [("install", ["install", "upgrade"]), ("remove", ["remove", "purge"]), ("update", ["update"])]:
        if any(word in instruction for word in words):
            return kind
    return "other"


def main():
    rows, errors = [], {}
    same = {"held back": [0, 0], "modelled": [0, 0]}
    dates = set()
    for path in sorted(CASES.glob("*.json")):
        truth = json.loads(path.read_text())
        kind = "modelled" if path.stem in MODELLED else "held back"
        report = simulate(path.with_suffix(".Dockerfile"))
        dates.add(truth["date"])
        if not truth["success"]:
            right = report["error"] and report["error"]["message"] == truth["error"]
            same[kind][0] += bool(right)
            same[kind][1] += 1
            rows.append((path.stem, kind, "the error", "", "", "same" if right else "other"))
            continue
        own = {package["name"] for package in report["packages"]}
        right = own == set(truth["packages"])
        same[kind][0] += right
        same[kind][1] += 1
        for layer, real in zip(report["layers"], truth["layers"]):
            if not real["size"]:
                continue
            off = layer["size"]["bytes"] / real["size"] - 1
            errors.setdefault((kind, what(layer["instruction"])), []).append(abs(off))
            text = layer["instruction"].removeprefix("RUN ").replace("|", "\\|")
            text = text if len(text) < 60 else text[:57] + "…"
            rows.append((path.stem, kind, f"`{text}`", f"{layer['size']['bytes']:,}", f"{real['size']:,}", f"{off:+.2%}"))
    lines = ["# Accuracy", "",
             "What Layerlab estimates beside what Docker Engine 28 made of the same Dockerfile, layer by layer, for",
             "installations of Debian packages. Made by `tests/accuracy.py` from the recordings in",
             f"`crates/engine/tests/packages` ({', '.join(sorted(dates))}); do not edit it by hand.", "",
             "Cases *held back* were not looked at while the model was made. Lists (*update*) are of the same day as the index.", "",
             "| cases | package sets (or errors) equal |", "|---|---|"]
    lines += [f"| {kind} | {right} of {total} |" for kind, (right, total) in same.items()]
    lines += ["", "| cases | steps | number | median error | worst error |", "|---|---|---:|---:|---:|"]
    for (kind, step), values in sorted(errors.items()):
        lines.append(f"| {kind} | {step} | {len(values)} | {statistics.median(values):.2%} | {max(values):.2%} |")
    lines += ["", "| case | kind | step | estimate (bytes) | real (bytes) | error |", "|---|---|---|---:|---:|---:|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    (ROOT / "docs").mkdir(exist_ok=True)
    (ROOT / "docs/accuracy.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines[9:24]))


if __name__ == "__main__":
    main()
