#!/usr/bin/env python3
"""Compares changeset.py with @codemirror/state on the vectors of collab/ot.

    python3 check_changeset.py ../../collab/ot/testdata/vectors.jsonl.gz
"""

import gzip
import json
import sys

import changeset
from changeset import compose, from_json, map_over, to_json, units


def main():
    compared = 0
    for line in gzip.open(sys.argv[1], "rt", encoding="utf-8"):
        v = json.loads(line)
        if v["k"] != "ops":
            continue
        a, b, c = (from_json(v[k]) if isinstance(v.get(k), list) else None for k in "abc")
        cases = {
            "ab": lambda: to_json(map_over(a, b, False)),
            "ab1": lambda: to_json(map_over(a, b, True)),
            "ba": lambda: to_json(map_over(b, a, False)),
            "ba1": lambda: to_json(map_over(b, a, True)),
            "ac": lambda: to_json(compose(a, c)),
            "at": lambda: changeset.text(changeset.apply(a, units(v["doc"]))),
        }
        for name, make in cases.items():
            want = v.get(name)
            if want is None or isinstance(want, dict):
                continue  # the peer throws, or cuts a surrogate pair
            got = make()
            if got != want:
                sys.exit(f"{name} of {line.strip()}\nis {got}\nwant {want}")
            compared += 1
    print(compared)


if __name__ == "__main__":
    main()
