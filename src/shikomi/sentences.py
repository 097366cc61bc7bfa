"""Where sentences end, in Japanese and English, with bracketed text kept whole."""

import re
from collections.abc import Iterator

_PAIRS = {
    "「": "」",
    "『": "』",
    "（": "）",
    "(": ")",
    "【": "】",
    "［": "］",
    "〈": "〉",
    "《": "》",
}
_OPENERS = {close: opener for opener, close in _PAIRS.items()}
_BRACKET = re.compile("[" + re.escape("".join(_PAIRS) + "".join(_OPENERS)) + "]")
_CLOSING = "」』）)】］〉》”’\"'*_`"
_BOTH_WAYS = re.compile(r"\"|'|\*+|_+|`+")  # they open as well as close
_CLOSED = f"[{re.escape(_CLOSING)}]*"
_WIDE = "\u3000-\u30ff\u3400-\u9fff\uff00-\uffef"
_END = re.compile(
    rf"[。！？]+{_CLOSED}|．+(?![0-9０-９]){_CLOSED}"
    rf"|(?<!\\)[.!?]+{_CLOSED}(?=\s+[^a-z\s]|\s*$)|[!?]+{_CLOSED}(?=[{_WIDE}])"
    r"|\n[ \t\r]*\n"
)
_STOP_OF_NAME = re.compile(  # right before a full stop: it ends no sentence
    r"(?:\b(?:e\.g|i\.e|cf|vs|viz|al|Mr|Mrs|Ms|Dr|Prof|St|[A-Z]\.[A-Z])|(?:^|\n)[ \t]*\d{1,9})\Z",
    re.IGNORECASE,
)
_STOP_BEFORE_NUMBER = re.compile(
    r"\b(?:nos?|figs?|eqs?|secs?|ch|vol|pp?|ver|v|tab|art|approx|ca)\Z", re.IGNORECASE
)
_NAME_CHARS = 12
_DEEPEST_PARTNER = 8  # brackets that stay open within a pair: a deeper stack is stray openers


def ends(text: str, *, inside_brackets: bool = False) -> list[int]:
    """Offsets just after each sentence, ascending; a sentence that the text breaks off has none.

    Unless `inside_brackets`, an end between a bracket and its partner is none: 「はい。」と言う。
    is one sentence. A bracket without a partner hides nothing.
    """
    found = list(_marks(text))
    if inside_brackets or not found:
        return [end for _, end in found]
    pairs = _outermost(text)
    kept, n = [], 0
    for mark, end in found:
        while n < len(pairs) and pairs[n][1] < mark:
            n += 1
        inside = n < len(pairs) and pairs[n][0] < mark
        if not inside or (end > pairs[n][1] and _breaks(text, end)):
            kept.append(end)
    return kept


def _marks(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each sentence's last marks."""
    last = 0
    for match in _END.finditer(text):
        if not _is_abbreviation(text, match):
            start, end = match.start(), _closed(text, match, last)
            yield start, end
            last = end


def _closed(text: str, match: re.Match[str], last: int) -> int:
    """Where a sentence ends that began at `last`: before marks that open what follows it without a
    space, as of the code in 。`a`は."""
    end = match.end()
    if end == len(text) or text[end].isspace():
        return end
    first = match.start() + len(match[0].rstrip(_CLOSING))
    for run in _BOTH_WAYS.finditer(text, first, end):
        if text.count(run[0], last, run.start()) % 2 == 0:
            return run.start()
    return end


def spans(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each sentence without the white space around it, in order; what the text
    breaks off is the last."""
    start = 0
    for end in [*ends(text), len(text)]:
        piece = text[start:end]
        if body := piece.strip():
            first = start + piece.index(body[0])
            yield first, first + len(body)
        start = end


def _is_abbreviation(text: str, match: re.Match[str]) -> bool:
    """Whether the full stop belongs to a short form such as `e.g.` or `Fig. 2`, or to the number
    of a list's item."""
    if text[match.start()] != ".":
        return False
    before = text[max(0, match.start() - _NAME_CHARS) : match.start()]
    numbered = text[match.end() : match.end() + 2].strip()[:1].isdigit()
    found = _STOP_OF_NAME.search(before) or (numbered and _STOP_BEFORE_NUMBER.search(before))
    return bool(found)


def _breaks(text: str, end: int) -> bool:
    """Whether a bracket that closed just before `end` stood as a sentence of its own."""
    following = text[end : end + 1]
    return not following or following.isspace() or following in _PAIRS


def first(text: str) -> str:
    """The first sentence of `text`, or all of it where none ends."""
    stops = ends(text)
    return text[: stops[0]].strip() if stops else text.strip()


def _outermost(text: str) -> list[tuple[int, int]]:
    """(offset of the opener, offset of its partner) of every outermost pair, ascending."""
    open_: list[tuple[str, int]] = []
    pairs: list[tuple[int, int]] = []
    for match in _BRACKET.finditer(text):
        mark = match[0]
        if mark in _PAIRS:
            open_.append((mark, match.start()))
            continue
        depth = _partner(open_, _OPENERS[mark])
        if depth is not None:
            start = open_[depth][1]
            del open_[depth:]
            while pairs and pairs[-1][0] > start:
                pairs.pop()
            pairs.append((start, match.start()))
    return pairs


def _partner(open_: list[tuple[str, int]], opener: str) -> int | None:
    """Where in the stack the nearest such opener is, of the last few alone."""
    for depth in range(len(open_) - 1, max(-1, len(open_) - 1 - _DEEPEST_PARTNER), -1):
        if open_[depth][0] == opener:
            return depth
    return None
