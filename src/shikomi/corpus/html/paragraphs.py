"""A run cut into paragraphs, its white space as a browser shows it."""

import re
from collections.abc import Iterable, Sequence

from shikomi.corpus.html.marks import SPACE, Mark, Piece, common, is_blank

_WIDE = (
    "\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6"
    "\U00020000-\U0003134f"
)
_IS_WIDE = re.compile(f"[{_WIDE}]")
_WIDE_BREAK = re.compile(rf"(?<=[{_WIDE}])[ \t\r\f]*\n[ \t\n\r\f]*(?=[{_WIDE}])")
_SPACES = re.compile(r"[ \t\n\r\f]+")


def paragraphs(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The run with its white space as a browser shows it, cut where two breaks meet."""
    found: list[list[Piece]] = []
    current: list[Piece] = []
    for piece in _lines(_collapsed(pieces)):
        if piece is None:
            found.append(current)
            current = []
        else:
            current.append(piece)
    found.append(current)
    return [part for part in map(_trimmed, found) if part]


def _collapsed(pieces: Sequence[Piece]) -> list[Piece]:
    """White space collapsed across pieces; a line break between two wide characters is nothing
    (CSS Text 3, segment break transformation)."""
    result: list[Piece] = []
    pending: tuple[str, tuple[Mark, ...]] | None = None
    last = ""
    for piece in pieces:
        if piece.kind in ("raw", "break"):
            if pending and piece.kind == "raw" and last:
                result.append(_space(pending[1], piece.marks))
            pending = None
            last = "" if piece.kind == "break" else "\0"
            result.append(piece)
            continue
        core = piece.text.strip(SPACE)
        if not core:
            spaces = (pending[0] if pending else "") + piece.text
            pending = (spaces, common(pending[1], piece.marks) if pending else piece.marks)
            continue
        lead = piece.text[: len(piece.text) - len(piece.text.lstrip(SPACE))]
        gap = (pending[0] if pending else "") + lead
        if gap and last and not ("\n" in gap and _are_wide(last, core[0])):
            before = pending[1] if pending else result[-1].marks if result else ()
            result.append(_space(before, piece.marks))
        result.append(Piece(piece.kind, _inner(core), piece.marks))
        last = core[-1]
        tail = piece.text[len(piece.text.rstrip(SPACE)) :]
        pending = (tail, piece.marks) if tail else None
    return result


def _space(before: tuple[Mark, ...], after: tuple[Mark, ...]) -> Piece:
    return Piece("text", " ", common(before, after))


def _inner(text: str) -> str:
    if "\n" in text:
        text = _WIDE_BREAK.sub("", text)
    return _SPACES.sub(" ", text)


def _are_wide(left: str, right: str) -> bool:
    return _IS_WIDE.match(left) is not None and _IS_WIDE.match(right) is not None


def _lines(pieces: Sequence[Piece]) -> Iterable[Piece | None]:
    """The pieces with None where a paragraph ends: at two breaks with nothing seen between."""
    held: list[Piece] = []
    for piece in pieces:
        if piece.kind == "break":
            if held:
                yield None
                yield from (p for p in held if p.kind == "raw")
                held = []
            held.append(piece)
        elif held:
            held.append(piece)
            if not is_blank([piece]):
                yield from held
                held = []
        else:
            yield piece
    yield from held


def _trimmed(pieces: list[Piece]) -> list[Piece]:
    """Without the breaks and spaces at both ends, and [] where nothing is left to see."""
    kept = [p for p in pieces if p.kind == "raw" or not is_blank([p])]
    if not kept:
        return []
    start, end = 0, len(pieces)
    while _is_edge(pieces[start]):
        start += 1
    while _is_edge(pieces[end - 1]):
        end -= 1
    return pieces[start:end]


def _is_edge(piece: Piece) -> bool:
    return piece.kind == "break" or (piece.kind == "text" and not piece.text.strip())
