"""Ways to damage bytes and texts."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

PIECES = (
    *(b"\0" * 40, b"\xff" * 9, b"\n", b"\r\n", b",", b";", b"\t", b'"', b"NaN", b"inf", b"-", b"1e999", b"9" * 40),
    *(b"{", b"}", b"[", b"]", b":", b"null", b"\xef\xbb\xbf", b"\x1b[31m", b"\xe2\x80\xae", b"<script>", b"nan,nan"),
    *(b"step", b"loss", b"epoch", b"%", b"|", b"=", b"Traceback (most recent call last):\n", b"ERR", b"1,234", b"#"),
)


class Damaged(NamedTuple):
    """Bytes that were damaged, and the parts that still stand in them as they were."""

    data: bytes
    whole: list[int]


def damage_parts(parts: list[bytes], chance: Random) -> Damaged:
    """Damage some of the parts that bytes are made of; the others stay as they are, in their order."""
    made = list(parts)
    hit = {chance.randrange(len(parts)) for _ in range(chance.choice((1, 1, 2, 3)))}
    for at in hit:
        made[at] = damage(made[at], chance)
    kept = [at for at in range(len(parts)) if at not in hit]
    return Damaged(b"".join(made), kept)


def damage(data: bytes, chance: Random) -> bytes:
    """Change, take away or put in some bytes."""
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(made) + 1)
        how = chance.randrange(6)
        if how == 0 and at < len(made):
            made[at] ^= 1 << chance.randrange(8)
        elif how == 1:
            del made[at : at + chance.choice((1, 2, 9, 60))]
        elif how == 2:
            made[at:at] = chance.choice(PIECES)
        elif how == 3:
            made[at : at + 12] = bytes(len(made[at : at + 12]))
        elif how == 4:
            end = chance.randrange(len(made) + 1)
            made[at:at] = made[min(at, end) : max(at, end)][:200]
        else:
            made[at:at] = chance.randbytes(chance.choice((1, 4, 16)))
    return bytes(made)


def text_of(chance: Random, most: int = 60) -> str:
    """Return a text of odd characters and words."""
    words = (
        *("<b>", "@user", "https://x.example/a", "www.x.example", "#12", "GH-7", "`", "``", "|", "\n", "\r", "\x1b[0m"),
        *("\u202e", "\u200b", "\ud800", "\\", "](x)", "![", "&amp;", "0123456789abcdef0123", "=1+1", "-->", "*", "_"),
        *("loss", "layer.0", " ", "é", "漢", "javascript:alert(1)", "</script>", '"', "'", "%0A", "::error::", "\x00"),
    )
    return "".join(chance.choice(words) for _ in range(chance.randrange(1, most // 4)))
