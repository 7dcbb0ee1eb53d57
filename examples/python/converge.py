#!/usr/bin/env python3
"""For the tests: edits a session at random among others, and tells what it sees.

    python3 converge.py PAGE SEED EDITS

prints the version once all edits are saved; then reads a version, and prints the text
at it as JSON.
"""

import json
import random
import sys

import changeset
from client import Session

PIECES = ["a", "fn ", "{\n", "\n", "é", "日本", "🦀", '"\\', "\u200d", "😀😀"]


def boundary(text, at):
    """A place that is not inside a surrogate pair."""
    return at - 1 if 0 < at < len(text) and "\udc00" <= text[at] < "\ue000" else at


def main():
    page, seed, edits = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rand = random.Random(seed)
    session = Session(page)
    client = session.client
    session.until(lambda: client.live)
    for n in range(edits):
        text = client.text
        start = boundary(text, rand.randint(0, len(text)))
        end = boundary(text, min(len(text), start + rand.choice([0, 0, 0, 1, 3, 8])))
        client.edit(start, max(start, end), rand.choice(PIECES) if end <= start or rand.random() < 0.5 else "")
        if n % 50 == 49:  # as if the line had been lost
            session.socket.close()
            session.connect()
        session.step(rand.choice([0, 0, 0.005]))
    session.until(lambda: client.synced)
    print(client.version, flush=True)
    version = int(sys.stdin.readline())
    session.until(lambda: client.version >= version)
    print(json.dumps(changeset.text(client.text)))


if __name__ == "__main__":
    main()
