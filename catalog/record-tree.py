#!/usr/bin/env python3
"""Records the file tree of an image as a catalog tree (crates/engine/src/catalog/tree_file.rs).

    catalog/record-tree.py IMAGE SOURCE >static/catalog/trees/NAME.tree

SOURCE says how the image was made and when. Needs `docker` with an engine that has the image.
"""
import json, os, subprocess, sys, tarfile, tempfile

# Files whose content instructions and programs read: all of /etc but apt's sources, which name a
# mirror, and what is long.
LONGEST = 12_000
CONTENTS = {"usr/lib/os-release"}


def is_kept(name, member):
    if name.startswith("etc/apt/") or member.size > LONGEST:
        return False
    return name in CONTENTS or name.startswith("etc/")


def share(path, before):
    shared = len(os.path.commonprefix([path.encode(), before.encode()]))
    while shared and (before.encode()[shared:shared + 1] or b"a")[0] & 0xC0 == 0x80:
        shared -= 1
    return f"{shared}:{path.encode()[shared:].decode()}" if shared > 3 else path


def main(image, source):
    members, contents = {}, {}
    with tempfile.NamedTemporaryFile() as saved:
        subprocess.run(["docker", "save", "-o", saved.name, image], check=True)
        with tarfile.open(saved.name) as bundle:
            layers = json.load(bundle.extractfile("manifest.json"))[0]["Layers"]
            if len(layers) != 1:
                sys.exit(f"{image} has {len(layers)} layers; a base of one layer is wanted")
            with tarfile.open(fileobj=bundle.extractfile(layers[0])) as layer:
                for m in layer.getmembers():
                    name = m.name.removeprefix("./").strip("/")
                    if name:
                        members[name] = m
                    if m.isfile() and is_kept(name, m):
                        contents[name] = layer.extractfile(m).read()
    print("layerlab-tree 1")
    print(f"# source: {source}")
    before, links = "", []
    for name, m in sorted(members.items(), key=lambda item: item[0].split("/")):
        owner = f"{m.uid}:{m.gid}"
        if m.islnk():
            links.append((m.linkname.removeprefix("./"), name))
            continue
        if m.isdir():
            head = f"d{m.mode & 0o7777:o} {owner}"
        elif m.issym():
            head = f"l {owner} {m.linkname}"
        elif m.isfile():
            head = f"f{m.mode & 0o7777:o} {owner} {m.size}"
        else:
            continue
        print(head, share(name, before))
        before = name
    for first, name in links:
        print("h", first, name)
    for name, content in sorted(contents.items()):
        try:
            print("c", name, json.dumps(content.decode(), ensure_ascii=False))
        except UnicodeDecodeError:
            pass  # not text: its size is enough
    listed = subprocess.run(
        ["docker", "run", "--rm", image, "dpkg-query", "-W", "-f", "${Package} ${Version} ${Installed-Size}\\n"],
        check=True, capture_output=True, text=True).stdout
    for line in listed.splitlines():
        name, version, kib = line.split(" ")
        print(f"p dpkg {name} {version} {int(kib) * 1024}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
