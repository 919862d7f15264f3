#!/usr/bin/env python3
"""Records what apt says that it would do, for packages drawn by chance.

    tests/record-resolver.py SUITE SEED NAME [--alone N] [--bare N] [--together N] [--sources N]

Writes crates/engine/tests/resolver/SUITE.NAME.gz: a line for each call, `KIND NAMES: RESULT`.
Kinds: R with what is recommended, N without, B what building a source needs. The result is the
names of packages to install, those to remove with a `-` before, or E where apt stops. Needs
`docker` with an engine that has debian:SUITE-slim, and a network.
"""

import argparse
import gzip
import pathlib
import random
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "crates/engine/tests/resolver"

LIST = """
sed 's/^deb /deb-src /' /etc/apt/sources.list >/etc/apt/sources.list.d/sources.list
apt-get update >/dev/null
apt-cache dumpavail | sed -n 's/^Package: /P /p'
/usr/lib/apt/apt-helper cat-file /var/lib/apt/lists/*_main_source_Sources* | sed -n 's/^Package: /S /p'
"""
OPTIONS = {"R": "install", "N": "install --no-install-recommends", "B": "build-dep"}
# Libraries of languages come as what others need; asked for together, programs are more telling.
LIBRARIES = ("lib", "golang-", "node-", "r-", "python3-", "ruby-", "php-", "elpa-")


def run(suite, script):
    command = ["docker", "run", "--rm", "-i", "--network", "host", f"debian:{suite}-slim", "sh"]
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=True)
    return done.stdout


def drawn(names, options):
    chance = random.Random(f"{options.suite} {options.seed}")
    packages = sorted(set(names["P"]))
    programs = [name for name in packages if not name.startswith(LIBRARIES)]
    for name in chance.sample(packages, options.alone):
        yield "R", name
    for name in chance.sample(packages, options.bare):
        yield "N", name
    for _ in range(options.together):
        yield "R", " ".join(chance.sample(programs, 3))
    for name in chance.sample(sorted(set(names["S"])), options.sources):
        yield "B", name


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("suite")
    parser.add_argument("seed")
    parser.add_argument("name")
    for kind in ("alone", "bare", "together", "sources"):
        parser.add_argument(f"--{kind}", type=int, default=0)
    options = parser.parse_args()
    names = {"P": [], "S": []}
    for line in run(options.suite, LIST).splitlines():
        names[line[0]].append(line[2:])
    cases = list(drawn(names, options))
    script = LIST.split("apt-cache")[0]
    for kind, asked in cases:
        script += f'echo "# {kind} {asked}"\napt-get -s -y {OPTIONS[kind]} {asked} 2>&1 | grep -E "^(Inst|Remv|E:)"\n'
    lines, result = [], None
    for line in run(options.suite, script).splitlines():
        kind, _, rest = line.partition(" ")
        name = rest.split(" ")[0].split(":")[0]
        if kind == "#":
            result = set()
            lines.append((rest, result))
        elif kind in ("Inst", "Remv"):
            result.add(name if kind == "Inst" else f"-{name}")
        else:
            result.add("E")
    text = "".join(
        f"{asked}: {'E' if 'E' in result else ' '.join(sorted(result))}\n" for asked, result in lines
    )
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{options.suite}.{options.name}.gz"
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{path.name}: {len(lines)} calls")


main()
