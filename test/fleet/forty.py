"""Forty datasets for jobs on engines: forty.py make writes them to store/, and
forty.py check holds what job/manifest.json names, below a folder, against them."""

import collections, glob, hashlib, json, os, random, subprocess, sys


def make():
    random.seed(3)
    for shop in range(40):
        folder = f"store/datasets/shop-{shop:03d}"
        os.makedirs(folder)
        for n in range(random.randrange(200, 1200)):
            with open(f"{folder}/{n + 1:09d}.json", "w") as file:
                json.dump({"shop": shop, "n": n, "text": "x" * 200}, file)


def items(lines):
    return collections.Counter((item["shop"], item["n"]) for item in map(json.loads, lines))


def check(folder):
    source = items(open(path).read() for path in glob.glob("store/datasets/*/[0-9]*.json"))
    manifest = json.load(open(os.path.join(folder, "job/manifest.json")))
    found = collections.Counter()
    for file in manifest["files"]:
        # Workers in containers call the folder /data.
        path = os.path.join(folder, file["path"].removeprefix("/data/"))
        packed = open(path, "rb").read()
        assert (len(packed), hashlib.sha256(packed).hexdigest()) == (file["bytes"], file["sha256"]), file
        found += items(subprocess.run(["zstd", "-dc", path], check=True, capture_output=True).stdout.splitlines())
    assert found == source, "items differ"
    there = sum(len(names) for _, _, names in os.walk(os.path.join(folder, "lake")))
    assert there == len(manifest["files"]), f"{there} files are there"
    print(f"{len(manifest['files'])} files, {found.total()} items, all of the source, none twice")


if sys.argv[1] == "make":
    make()
else:
    check(sys.argv[2])
