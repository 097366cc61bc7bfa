"""Runs of inline content to lines of Markdown."""

from collections.abc import Sequence
from itertools import groupby

from shikomi.corpus.html import escape
from shikomi.corpus.html.marks import SPACE, Mark, Piece, PieceKind, common
from shikomi.corpus.html.paragraphs import paragraphs

_STAR = {"strong": "**", "em": "*"}
_TAGS = {"strong": "strong", "em": "em", "del": "del", "sup": "sup", "sub": "sub"}


def one_line(pieces: Sequence[Piece], *, joint: str) -> str:
    """All paragraphs in one line, for headings and table cells: `joint` stands for each break."""
    parts = [[_joined(p, joint) for p in part] for part in paragraphs(pieces)]
    last = len(parts) - 1
    texts = (
        _emit(_settled(part), 0, joint[-1] if i else "", joint[0] if i < last else "")
        for i, part in enumerate(parts)
    )
    return escape.alone(joint.join(text.strip(SPACE) for text in texts))


def _joined(piece: Piece, joint: str) -> Piece:
    return Piece("raw", joint, piece.marks) if piece.kind == "break" else piece


def lines(pieces: Sequence[Piece]) -> list[str]:
    """One paragraph of `paragraphs` as lines, a backslash at each hard break."""
    text = escape.alone(_rendered([_joined(p, "\\\n") for p in pieces]))
    found = [each.strip(SPACE) for each in text.split("\n")]
    return [escape.line(each) for each in found if each not in ("", "\\")]


def code_lines(pieces: Sequence[Piece]) -> list[str]:
    """The lines of a paragraph of several that is all code, without links; else []. Spaces that
    do not break are what such lines are indented by."""
    if not pieces or pieces[0].kind not in ("code", "break"):
        return []
    shown = [p for p in pieces if p.kind == "break" or p.text.strip(SPACE)]
    if not any(p.kind == "break" for p in shown):
        return []
    for piece in shown:
        if piece.kind not in ("code", "break") or any(m.kind == "link" for m in piece.marks):
            return []
    text = "".join("\n" if p.kind == "break" else p.text for p in pieces)
    return [line.replace("\u00a0", " ").rstrip() for line in text.split("\n")]


def first_line(pieces: Sequence[Piece]) -> tuple[Sequence[Piece], Sequence[Piece]]:
    """(the pieces before the first break, those after it)."""
    n = next((i for i, piece in enumerate(pieces) if piece.kind == "break"), len(pieces))
    return pieces[:n], pieces[n + 1 :]


def _rendered(pieces: Sequence[Piece]) -> str:
    return _emit(_settled(pieces), 0, "", "")


def _settled(pieces: Sequence[Piece]) -> list[Piece]:
    """White space and breaks belong to the marks that both neighbours have; sizes go."""
    result = [p._replace(marks=tuple(m for m in p.marks if m.kind != "size")) for p in pieces]
    left: tuple[Mark, ...] = ()
    for i, piece in enumerate(result):
        if _is_gap(piece):
            result[i] = piece._replace(marks=left)
        else:
            left = piece.marks
    right: tuple[Mark, ...] = ()
    for i in range(len(result) - 1, -1, -1):
        if _is_gap(result[i]):
            result[i] = result[i]._replace(marks=common(result[i].marks, right))
        else:
            right = result[i].marks
    return result


def _is_gap(piece: Piece) -> bool:
    if piece.kind == "raw":
        return piece.text in (" ", "<br>", "\\\n")
    return not piece.text.strip()


def _emit(
    pieces: Sequence[Piece], depth: int, before: str, after: str, *, in_link: bool = False
) -> str:
    """`before` and `after` are the characters that will stand beside the result."""
    groups = [
        (mark, list(members)) for mark, members in groupby(pieces, lambda p: _mark_at(p, depth))
    ]
    out = ""
    for i, (mark, members) in enumerate(groups):
        left = out[-1:] or before
        following = groups[i + 1] if i + 1 < len(groups) else None
        right = _first(following) if following else after
        if mark is None:
            text = _leaves(members, left, right, in_link=in_link)
        else:
            text = _wrapped(mark, members, depth, left, right, in_link=in_link)
        out += "<!---->" + text if out.endswith("`") and text.startswith("`") else text
    return out


def _mark_at(piece: Piece, depth: int) -> Mark | None:
    return piece.marks[depth] if depth < len(piece.marks) else None


def _first(group: tuple[Mark | None, list[Piece]]) -> str:
    """The first character of a group's Markdown, as far as its neighbour has to know."""
    mark, members = group
    if mark is None:
        return _edge(members[0].kind, members[0].text)
    return "[" if mark.kind == "link" else "*" if mark.kind in _STAR else "<"


def _wrapped(
    mark: Mark, members: Sequence[Piece], depth: int, left: str, right: str, *, in_link: bool
) -> str:
    if mark.kind == "link":
        inner = _emit(members, depth + 1, "[", "]", in_link=True).replace("\\\n", " ")
        return f"[{inner}]({mark.url})" if inner.strip() else inner
    star = _STAR.get(mark.kind)
    if star is not None:
        inner = _emit(members, depth + 1, "*", "*", in_link=in_link)
        if _flanks(inner, left, right):
            return f"{star}{inner}{star}"
    tag = _TAGS[mark.kind]
    inner = _emit(members, depth + 1, ">", "<", in_link=in_link)
    return f"<{tag}>{inner}</{tag}>" if inner.strip() else inner


def _flanks(inner: str, left: str, right: str) -> bool:
    """Whether `*` or `**` around `inner` opens and closes (CommonMark 6.2), whatever stands
    beside; Japanese brackets next to letters are where it does not."""
    if not inner or inner != inner.strip() or "*" in (left, right, inner[0], inner[-1]):
        return False
    opens = not escape.is_punctuation(inner[0]) or _loose(left)
    closes = not escape.is_punctuation(inner[-1]) or _loose(right)
    return opens and closes and left != "\\"


def _loose(char: str) -> bool:
    return char == "" or char.isspace() or escape.is_surely_punctuation(char)


def _leaves(members: Sequence[Piece], before: str, after: str, *, in_link: bool) -> str:
    out = ""
    joined = [(kind, "".join(p.text for p in same)) for kind, same in groupby(members, _kind)]
    for i, (kind, text) in enumerate(joined):
        right = _edge(*joined[i + 1]) if i + 1 < len(joined) else after
        left = out[-1:] or before
        if kind == "code":
            text = escape.code(text)
        elif kind == "text":
            text = escape.text(text, before=left, after=right, in_link=in_link)
        out += "<!---->" + text if out.endswith("`") and text.startswith("`") else text
    return out


def _edge(kind: PieceKind, text: str) -> str:
    return "`" if kind == "code" else text[:1]


def _kind(piece: Piece) -> PieceKind:
    return piece.kind
