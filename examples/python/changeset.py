"""Changes of a text, as docs/protocol.md describes them.

A text is a str in which each character is one UTF-16 code unit: units() makes one, and
text() turns it back. A change is a list of sections that cover the old text, each a pair
(length, insert): insert is None where the units stay, and the text that replaces them
otherwise.
"""


def units(text):
    """Make a str of UTF-16 code units."""
    data = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(data[i] | data[i + 1] << 8) for i in range(0, len(data), 2))


def text(units):
    """Join the halves of surrogate pairs."""
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def from_json(parts):
    return [(p, None) if isinstance(p, int) else (p[0], units("\n".join(p[1:]))) for p in parts]


def to_json(change):
    return [n if ins is None else [n, *map(text, ins.split("\n"))] if ins else [n] for n, ins in change]


def replace(length, start, end, insert):
    """The change of a text of that length that replaces start..end."""
    change = []
    add(change, start, None)
    add(change, end - start, insert)
    add(change, length - end, None)
    return change


def add(change, length, insert, joined=False):
    """Append a section. Like sections become one; joined makes it a part of the last."""
    if not length and not insert:
        return
    last = change[-1] if change else (-1, "-")
    if not insert and insert == last[1]:
        change[-1] = (last[0] + length, insert)
    elif length == 0 and last[0] == 0:
        change[-1] = (0, last[1] + insert)
    elif joined:
        change[-1] = (last[0] + length, last[1] + insert)
    else:
        change.append((length, insert))


def apply(change, text):
    out, pos = [], 0
    for length, insert in change:
        out.append(text[pos : pos + length] if insert is None else insert)
        pos += length
    if pos != len(text):
        raise ValueError(f"change of {pos} units, text of {len(text)}")
    return "".join(out)


class Cursor:
    """Walks over the sections of a change, a part of a section at a time."""

    def __init__(self, change):
        self.change, self.i = change, -1
        self.next()

    def next(self):
        self.i += 1
        self.done = self.i >= len(self.change)
        self.length, self.insert = (0, None) if self.done else self.change[self.i]
        self.keeps = self.insert is None and not self.done
        self.changes = self.insert is not None
        self.begun = False  # a part of the section is behind

    def old(self, n):
        """Go n units of the old text on."""
        if n == self.length:
            self.next()
        else:
            self.length, self.begun = self.length - n, True

    def new(self, n):
        """Go n units of the new text on."""
        if self.keeps:
            self.old(n)
        elif n == len(self.insert):
            self.next()
        else:
            self.insert, self.begun = self.insert[n:], True


def map_over(change, over, before):
    """Make change, of the same text as over, apply after over."""
    out = []
    a, b = Cursor(change), Cursor(over)
    told = -1  # the section of change whose text has been put out
    while not (a.done and b.done):
        if a.keeps and b.keeps:
            n = min(a.length, b.length)
            add(out, n, None)
            a.old(n)
            b.old(n)
        elif b.changes and (not a.changes or told == a.i or not a.begun and (b.length < a.length or b.length == a.length and not before)):
            # over's section comes first: keep what it inserts, and put out what change
            # inserts within what it deletes.
            add(out, len(b.insert), None)
            left = b.length
            while left:
                n = min(a.length, left)
                if a.changes and told < a.i and a.length <= n:
                    add(out, 0, a.insert)
                    told = a.i
                a.old(n)
                left -= n
            b.next()
        elif a.changes:
            # The part of change's section up to over's next one that is not a deletion
            # inside of it.
            n, left = 0, a.length
            while left:
                if b.keeps:
                    piece = min(left, b.length)
                    n += piece
                    left -= piece
                    b.old(piece)
                elif b.insert == "" and b.length < left:
                    left -= b.length
                    b.next()
                else:
                    break
            add(out, n, a.insert if told < a.i else "")
            told = a.i
            a.old(a.length - left)
        else:
            raise ValueError("changes of texts of different lengths")
    return out


def compose(first, then):
    """The change that does first, and then a change of the text that first leads to."""
    out = []
    a, b = Cursor(first), Cursor(then)
    joined = False
    while not (a.done and b.done):
        if a.insert == "":  # a deletion
            add(out, a.length, "", joined)
            a.next()
        elif b.length == 0 and not b.done:  # an insertion
            add(out, 0, b.insert, joined)
            b.next()
        elif a.done or b.done:
            raise ValueError("changes that do not follow each other")
        else:
            n = min(a.length if a.keeps else len(a.insert), b.length)
            size = len(out)
            insert = a.insert[:n] if b.keeps and a.changes else b.insert
            if b.changes and b.begun:
                insert = ""
            add(out, n if a.keeps else 0 if a.begun else a.length, insert, joined)
            more = a.changes and len(a.insert) > n or b.changes and b.length > n
            joined = more and (joined or len(out) > size)
            a.new(n)
            b.old(n)
    return out
