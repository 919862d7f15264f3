#!/usr/bin/env python3
"""Records what containers say when they are started: builds each case of
crates/engine/tests/starts/cases.json on a real engine, starts it without network, and writes what it
said, and how it ended, back into the file.

    tests/record-starts.py [NAME…]    those cases; all that have no record where none are named
"""
import json
import pathlib
import subprocess
import sys
import tempfile

CASES = pathlib.Path(__file__).parent.parent / "crates/engine/tests/starts/cases.json"
SECONDS = 6
# Of a program's report on its own end these lines count.
TELLING = ("rror", "o module named", "not found", "annot find")


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, **options)


def record(case):
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        for path, text in {**case.get("files", {}), "Dockerfile": case["dockerfile"]}.items():
            at = root / path
            at.parent.mkdir(parents=True, exist_ok=True)
            at.write_text(text)
        built = run("docker", "build", "-q", "-t", "layerlab-start", directory)
        if built.returncode:
            sys.exit(f"{case['name']}: {built.stderr}")
    name = "layerlab-start"
    run("docker", "rm", "-f", name)
    try:
        ended = run("docker", "run", "--name", name, "--network=none", "layerlab-start", timeout=SECONDS)
        code, said = ended.returncode, ended.stdout + ended.stderr
    except subprocess.TimeoutExpired:
        logs = run("docker", "logs", name)
        code, said = None, logs.stdout + logs.stderr
    run("docker", "rm", "-f", name)
    case["code"] = code
    lines = said.strip().splitlines()
    case["said"] = [line for line in lines if any(part in line for part in TELLING)] or lines[-1:]


def main():
    cases = json.loads(CASES.read_text())
    for case in cases:
        if case["name"] in sys.argv[1:] or not (sys.argv[1:] or "said" in case):
            record(case)
            print(f"{case['name']}: {case['code']}: {case['said'][-1:]}", flush=True)
            CASES.write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n")


main()
