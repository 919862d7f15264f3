#!/usr/bin/env python3
"""Records the file tree of an image as a catalog tree (crates/engine/src/catalog/tree_file.rs).

    catalog/record-tree.py IMAGE SOURCE >static/catalog/trees/NAME.tree

SOURCE says how the image was made and when. Needs an engine that has the image, and
target/native/layerlab (make serve builds it).
"""
import json, subprocess, sys

LAYERLAB = "target/native/layerlab"


def main(image, source):
    made = subprocess.run([LAYERLAB, "catalog", "image", image], check=True, capture_output=True, text=True)
    (tree,) = json.loads(made.stdout)["trees"].values()
    for line in tree.splitlines():
        if line.startswith("# source: "):
            print(f"# source: {source}")
        # apt's sources name a mirror.
        elif not line.startswith("c etc/apt/"):
            print(line)
    if "\np dpkg apt " in tree:
        # Docker's own images since Debian 12 have their sources in a file of this directory instead.
        print("u etc/apt/sources.list.d")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
