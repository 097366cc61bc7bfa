"""Headings: their levels, and lines that are headings in all but their tags."""

from collections.abc import Sequence

from shikomi.corpus.html.marks import Mark, Piece, visible
from shikomi.corpus.html.tree import Tree

_SENTENCE_END = "。．、，.,;:：；"
_BOLD = Mark("strong")
_PSEUDO_MAX_CHARACTERS = 60
_AS_LARGE = {1: 3, 2: 2}  # steps of size -> the heading that browsers show as large


def pseudo_level(tree: Tree, pieces: Sequence[Piece], rest: Sequence[Piece]) -> int:
    """The level of a line that is a heading in all but its tags: a short one, all of it in
    large type, and bold unless the type is very large. 0: it is none, as where `rest`, what
    follows in its paragraph, is as large."""
    seen = [p for p in pieces if p.kind in ("text", "code") and p.text.strip()]
    if not tree.font_sizes or not seen:
        return 0
    sizes = set(map(_size, seen))
    bold = all(_BOLD in p.marks for p in seen)
    text = visible(seen).strip()
    if len(sizes) != 1 or not text or text[-1] in _SENTENCE_END:
        return 0
    (size,) = sizes
    if size < (1 if bold else 2) or len(text) > _PSEUDO_MAX_CHARACTERS:
        return 0
    if any(_size(piece) >= size for piece in rest if piece.text.strip()):
        return 0
    if tree.n_headings and not tree.n_h1:
        return _AS_LARGE.get(size, 1)
    rank = tree.font_sizes.index(size)
    return min(rank + (2 if tree.n_h1 else 1), 6)


def plain(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces of such a line as a heading has them: not bold."""
    return [p._replace(marks=tuple(m for m in p.marks if m != _BOLD)) for p in pieces]


def _size(piece: Piece) -> int:
    return max((mark.size for mark in piece.marks if mark.kind == "size"), default=0)
