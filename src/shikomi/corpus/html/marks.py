"""What a run of inline content is made of: pieces of text with the marks around them.

Each piece carries its own marks, so a mark that spans paragraphs (`<b><p>..</p></b>`, a link
around a block) is closed and opened again by itself.
"""

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

MarkKind = Literal["strong", "em", "del", "sup", "sub", "link", "size"]
PieceKind = Literal["text", "code", "raw", "break"]

SPACE = " \t\n\r\f"
_BLANK = re.compile(r"[\s\u00a0\u3000\u200b]*")


class Mark(NamedTuple):
    """What stands around pieces. `serial` tells two links of one address apart; `size` is that
    of "size" marks, in steps above the page's own."""

    kind: MarkKind
    url: str = ""
    serial: int = 0
    size: int = 0


class Piece(NamedTuple):
    """`raw` is Markdown as it is to appear; `break` is a line break and has no text."""

    kind: PieceKind
    text: str
    marks: tuple[Mark, ...]


def is_blank(pieces: Iterable[Piece]) -> bool:
    """Whether a reader sees nothing: anchors only, spaces, empty marks."""
    return all(
        piece.kind == "break" or piece.text.startswith("<a id=") or _BLANK.fullmatch(piece.text)
        for piece in pieces
    )


def visible(pieces: Iterable[Piece]) -> str:
    """The text alone."""
    return "".join(piece.text for piece in pieces if piece.kind in ("text", "code"))


def common(a: tuple[Mark, ...], b: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """The outer marks that both have."""
    n = 0
    while n < min(len(a), len(b)) and a[n] == b[n]:
        n += 1
    return a[:n]
