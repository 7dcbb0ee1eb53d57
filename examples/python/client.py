#!/usr/bin/env python3
"""The smallest client of a session, written from docs/protocol.md with the standard
library alone.

    python3 client.py http://localhost:8080/s/TOKEN

prints the text, appends each line of standard input to it, and prints the text once
more when all of them are saved.
"""

import json
import secrets
import select
import sys
import time

import changeset
from changeset import units
from websocket import WebSocket

PROTOCOL = 5
QUIET = 8  # seconds after which one of both sides says something


class OutOfStep(Exception):
    """Something was lost on the way. The cure is another hello."""


class Client:
    """The state of an editor of the session's main file. It knows no socket: send takes
    messages, receive() gives it those of the session, and whoever holds it calls flush()
    after each of both."""

    def __init__(self, send, name=""):
        self.send, self.name = send, name
        self.key = secrets.token_hex(16)
        self.id = self.epoch = ""
        self.version = self.seq = 0
        self.base = self.text = ""  # the main file at version, and what its user sees
        self.out = None  # the change that is under way, of base
        self.buffer = None  # what was typed after it
        self.sent = self.live = False
        self.limits = {}

    @property
    def synced(self):
        return self.live and self.out is None and self.buffer is None

    def hello(self):
        self.live = self.sent = False
        where = {"epoch": self.epoch, "version": self.version} if self.epoch else {}
        self.send({"type": "hello", "protocol": PROTOCOL, "key": self.key, "name": self.name, "seq": self.seq, **where})

    def edit(self, start, end, insert):
        """Replace the units start..end of the text."""
        change = changeset.replace(len(self.text), start, end, units(insert))
        grown = changeset.apply(change, self.text)
        if len(grown) > self.limits.get("text", len(grown)):
            raise ValueError("the text would be too long")
        self.text = grown
        self.buffer = changeset.compose(self.buffer, change) if self.buffer else change

    def flush(self):
        """Send what there is to send."""
        if not self.live or self.sent:
            return
        if not self.out and self.buffer:
            self.seq += 1
            self.out, self.buffer = self.buffer, None
        if self.out:
            self.sent = True
            self.send({"type": "push", "epoch": self.epoch, "version": self.version, "seq": self.seq, "changes": changeset.to_json(self.out)})

    def receive(self, m):
        """Take a message of the session."""
        try:
            if m["type"] == "welcome":
                self.welcome(m)
            elif m["type"] == "entry" and self.live:
                self.entry(m)
            elif m["type"] == "ack" and self.live:
                self.ack(m["version"], m["seq"])
            elif m["type"] == "error" and self.out and m.get("seq") == self.seq:
                self.refused(m)
        except OutOfStep:
            self.hello()

    def welcome(self, m):
        if m["protocol"] != PROTOCOL:
            raise SystemExit(f"the server speaks protocol {m['protocol']}, want {PROTOCOL}")
        self.id, self.limits = m["client"], m.get("limits", {})
        if "files" in m:
            if self.out and m["acked_seq"] >= self.seq:
                self.base, self.out = changeset.apply(self.out, self.base), None
            text = units(next(f["text"] for f in m["files"] if not f.get("id", 0)))
            self.remote(difference(self.base, text))
            self.epoch, self.version, self.seq = m["epoch"], m["version"], max(self.seq, m["acked_seq"])
        else:
            for e in m.get("entries", []):
                self.entry(e)
            if (self.epoch, self.version) != (m["epoch"], m["version"]):
                raise OutOfStep
        self.live, self.sent = True, False

    def entry(self, m):
        if m["version"] <= self.version:
            return
        if m["version"] != self.version + 1:
            raise OutOfStep
        if m["client"] == self.id and self.out and m["seq"] == self.seq:
            return self.ack(m["version"], m["seq"])
        if not m.get("file", 0) and "changes" in m:  # changes of other files do not affect this one
            self.remote(changeset.from_json(m["changes"]))
        self.version = m["version"]

    def ack(self, version, seq):
        if version and version <= self.version or seq < self.seq or not self.out:
            return  # of a push that was sent twice
        if version != self.version + 1 or seq != self.seq:
            raise OutOfStep
        self.base, self.version, self.out, self.sent = changeset.apply(self.out, self.base), version, None, False

    def remote(self, change):
        """Take somebody else's change of the base, over what is pending."""
        self.base = changeset.apply(change, self.base)
        if self.out:
            self.out, change = changeset.map_over(self.out, change, False), changeset.map_over(change, self.out, True)
        if self.buffer:
            self.buffer, change = changeset.map_over(self.buffer, change, False), changeset.map_over(change, self.buffer, True)
        self.text = changeset.apply(change, self.text)

    def refused(self, m):
        if m["code"] not in ("malformed", "too-large"):
            raise OutOfStep
        print("taken back:", m["code"], file=sys.stderr)
        self.text, self.out, self.buffer, self.sent = self.base, None, None, False


def difference(a, b):
    """One replacement that turns a into b and cuts no surrogate pair."""
    start = end = 0
    most = min(len(a), len(b))
    while start < most and a[start] == b[start]:
        start += 1
    if start and "\ud800" <= a[start - 1] < "\udc00":
        start -= 1
    while end < most - start and a[-1 - end] == b[-1 - end]:
        end += 1
    if end and "\udc00" <= a[-end] < "\ue000":
        end -= 1
    return changeset.replace(len(a), start, len(a) - end, b[start : len(b) - end])


class Session:
    """A client with its connection, which comes back when it is lost."""

    def __init__(self, page, name="Python"):
        self.url = page.replace("http", "ws", 1) + "/socket?protocol=%d" % PROTOCOL
        self.client = Client(lambda m: self.say(json.dumps(m)), name)
        self.connect()

    def connect(self, tries=30):
        try:
            self.socket, self.parts, self.spoke = WebSocket(self.url), "", time.monotonic()
            self.client.hello()
        except OSError:
            if tries == 0:
                raise
            time.sleep(0.5)
            self.connect(tries - 1)

    def say(self, message):
        self.spoke = time.monotonic()
        self.socket.send(message)

    def step(self, wait):
        """Take what comes within so many seconds, and send what there is to send."""
        try:
            self.client.flush()
            if self.socket.buffer or select.select([self.socket], [], [], wait)[0]:
                self.take(self.socket.recv())
                self.client.flush()
        except OSError:
            self.socket.close()
            self.connect()

    def take(self, frame):
        if frame is None:
            if self.socket.reason in ("gone", "replaced", "too-old"):
                raise SystemExit("the session has ended: " + self.socket.reason)
            raise ConnectionError(self.socket.reason)
        if frame[0] in "+=":  # a part of a long message
            self.parts += frame[1:]
            if frame[0] == "+":
                return
            frame, self.parts = self.parts, ""
        m = json.loads(frame)
        if m["type"] == "ping" or time.monotonic() - self.spoke > QUIET:
            self.say('{"type":"pong"}')
        self.client.receive(m)

    def until(self, done):
        while not done():
            self.step(1)


def main():
    session = Session(sys.argv[1])
    client = session.client
    session.until(lambda: client.live)
    print(changeset.text(client.text))
    for line in sys.stdin:
        client.edit(len(client.text), len(client.text), line)
        session.until(lambda: client.synced)
    print(changeset.text(client.text))


if __name__ == "__main__":
    main()
