#!/usr/bin/env python3
"""Measures what crates weigh, by building programs that use them.

    scripts/measure-crates.py FOLDER >static/catalog/crates.txt

FOLDER keeps the builds, so that a run can be taken up again. Needs cargo and a network. What each
program comes to is told on the standard error, for the models of crates/engine/src/programs/cargo.
"""
import collections, datetime, json, os, pathlib, subprocess, sys

PROGRAMS = pathlib.Path(__file__).resolve().parent / "crates"
TARGET = "x86_64-unknown-linux-gnu"


def cargo(folder, *words, **more):
    """What cargo prints."""
    environment = {**os.environ, "CARGO_HOME": more.pop("home")}
    return subprocess.run(["cargo", *words], cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


def weight(*paths):
    """Bytes of files, each of several names once."""
    seen = {}
    for path in paths:
        for file in [path] if path.is_file() else path.rglob("*"):
            if file.is_file() and not file.is_symlink():
                status = file.stat()
                seen[status.st_ino] = status.st_size
    return sum(seen.values())


def compiled(target, messages):
    """Bytes in the target directory by package, and those of the libraries that programs are linked from."""
    built, linked = collections.Counter(), collections.Counter()
    for message in map(json.loads, messages.splitlines()):
        name = named(message.get("package_id", ""))
        if message["reason"] == "compiler-artifact":
            files = [pathlib.Path(file) for file in message["filenames"]]
            built[name] += weight(*files)
            kinds = message["target"]["kind"]
            if "proc-macro" not in kinds and "custom-build" not in kinds:
                linked[name] = sum(file.stat().st_size for file in files if file.suffix == ".rlib")
        elif message["reason"] == "build-script-executed":
            built[name] += weight(pathlib.Path(message["out_dir"]).parent)
    # Fingerprints, and what scripts that are built come with.
    for folder in (target / "release/.fingerprint").iterdir():
        built[folder.name.rsplit("-", 1)[0]] += weight(folder)
    return built, linked


def named(package):
    """A crate's name, from its identifier: `registry+…#serde@1.0.0`; none of the program itself."""
    path, _, rest = package.rpartition("#")
    if package.startswith("path+"):
        return ""
    return rest.split("@")[0] if "@" in rest else path.rsplit("/", 1)[-1]


def runtime(metadata):
    """The packages that a program is linked from."""
    packages = {package["id"]: package for package in metadata["packages"]}
    macros = {id for id, package in packages.items() if any("proc-macro" in target["kind"] for target in package["targets"])}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    seen, queue = set(), [metadata["resolve"]["root"]]
    while queue:
        id = queue.pop()
        if id in seen or id in macros:
            continue
        seen.add(id)
        for dependency in nodes[id]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                queue.append(dependency["pkg"])
    return {packages[id]["name"] for id in seen}


def main(work):
    work = pathlib.Path(work).resolve()
    home = work / "home"
    crates, elsewhere = {}, set()
    for program in sorted(PROGRAMS.iterdir()):
        folder, target = work / program.name, work / f"{program.name}.target"
        (folder / "src").mkdir(parents=True, exist_ok=True)
        (folder / "Cargo.toml").write_text((program / "Cargo.toml").read_text())
        (folder / "src/main.rs").write_text((program / "main.rs").read_text())
        done = work / f"{program.name}.json"
        if not done.exists():
            done.write_text(cargo(folder, "build", "--release", "--target-dir", target, "--message-format=json", home=home))
        metadata = json.loads(cargo(folder, "metadata", "--format-version=1", f"--filter-platform={TARGET}", home=home))
        everywhere = json.loads(cargo(folder, "metadata", "--format-version=1", home=home))
        elsewhere |= {package["name"] for package in everywhere["packages"]} - {package["name"] for package in metadata["packages"]}
        built, linked = compiled(target, done.read_text())
        names = {package["id"]: package["name"] for package in metadata["packages"]}
        needs = {names[node["id"]]: sorted({names[own["pkg"]] for own in node["deps"]}) for node in metadata["resolve"]["nodes"]}
        at_run_time = runtime(metadata)
        for package in metadata["packages"]:
            name, version = package["name"], package["version"]
            # Crates that were not compiled are only named.
            if package["source"] is None or name not in built:
                continue
            [archive] = home.glob(f"registry/cache/*/{name}-{version}.crate")
            [source] = home.glob(f"registry/src/*/{name}-{version}")
            index = next(file for file in home.glob("registry/index/*/.cache/*/*") if file.name == name.lower() or file.is_dir() and (file / name.lower()).exists())
            index = index / name.lower() if index.is_dir() else index
            library = linked[name] if name in at_run_time else 0
            row = (archive.stat().st_size, weight(source), index.stat().st_size, built[name], library)
            crates.setdefault(name, []).append((row[3], version, row, [need for need in needs[name] if need in built]))
        [binary] = [file for file in (target / "release").iterdir() if file.is_file() and os.access(file, os.X_OK)]
        libraries = sum(linked[name] for name in at_run_time)
        print(
            f"{program.name}: program {binary.stat().st_size}, of libraries {libraries}, target {weight(target)}, of crates "
            f"{sum(bytes for name, bytes in built.items() if name)}, {len(crates)} crates",
            file=sys.stderr,
        )
    print("layerlab-crates 1")
    compiler = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip()
    print(f"# {compiler}, {TARGET}, scripts/measure-crates.py, {datetime.date.today()}")
    for name in sorted(crates | dict.fromkeys(elsewhere)):
        if name in crates:
            # Features differ from program to program: the one in the middle.
            builds = sorted(crates[name])
            _, version, row, needs = builds[(len(builds) - 1) // 2]
            print(f"{name} {version} {' '.join(map(str, row))}: {' '.join(needs)}".rstrip())
        else:
            print(f"{name} -")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
