"""Malformed input made from sound input: bytes that were damaged, and JSON with hostile fields."""

import json
from random import Random
from typing import Any

HOSTILE: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**31, 2**63, -(2**63) - 1, 10**400, 0.5, 1e308, float("nan"), float("inf")),
    *("", " ", "\0", "a\0b", "\ud800", "=cmd()", "../../x", "é" * 300, "0-4", "nan", "1e999", "9999-99-99"),
    *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "<script>", "{}", "'; DROP TABLE records; --"),
    *([], {}, [[]], [None], {"": None}, {"a": {"b": []}}, ["x"] * 50),
)
SCRAPS = (
    *(b"\0", b"\xff", b"\xed\xa0\x80", b"\n", b'"', b"'", b"{", b"}", b"[" * 40, b"\\", b"="),
    *(b"NaN", b"9" * 5000),
)


def damaged(sound: bytes, random: Random) -> bytes:
    """Return bytes with one to four of: a flipped byte, a cut end, a part removed, doubled, moved or inserted."""
    content = bytearray(sound)
    for _ in range(random.randint(1, 4)):
        if not content:
            break
        start = random.randrange(len(content))
        stop = min(len(content), start + random.choice((1, 1, 4, 16, 200)))
        kind = random.randrange(6)
        if kind == 0:
            content[start] ^= 1 << random.randrange(8)
        elif kind == 1:
            del content[start:]
        elif kind == 2:
            del content[start:stop]
        elif kind == 3:
            content[start:start] = content[start:stop]
        elif kind == 4:
            content[start:stop] = bytes(random.randrange(256) for _ in range(stop - start))
        else:
            content[start:start] = random.choice(SCRAPS)
    return bytes(content)


def with_hostile_field(line: str, random: Random) -> str:
    """Return a JSON object as text with a field replaced, removed, added, doubled or nested too deeply."""
    content = json.loads(line)
    place, name = _place(content, random)
    kind = random.randrange(6)
    if kind == 0:
        del place[name]
    elif kind == 1:
        place[f"{name}?"] = random.choice(HOSTILE)
    elif kind == 2:
        depth = random.choice((10, 900, 50_000))
        place[name] = "@deep@"
        return json.dumps(content).replace('"@deep@"', "[" * depth + "]" * depth)
    elif kind == 3:
        return json.dumps(content)[:-1] + f", {json.dumps(name)}: {json.dumps(random.choice(HOSTILE))}}}"
    else:
        place[name] = random.choice(HOSTILE)
    return json.dumps(content)


def _place(content: dict[str, Any], random: Random) -> tuple[dict[str, Any], str]:
    """Choose a field at any depth."""
    name = random.choice(list(content))
    while isinstance(content[name], dict) and content[name] and random.random() < 0.7:
        content = content[name]
        name = random.choice(list(content))
    return content, name


def scrambled(words: tuple[str, ...], random: Random) -> str:
    """Return a text of a few of `words` and of single characters."""
    pieces = (*words, *"0123456789,-.:eE+ =\t\n'\"[]{}#_é\0\u202e", "9" * 30, "1e999")
    return "".join(random.choice(pieces) for _ in range(random.randint(0, 12)))
