"""Where sentences end, in Japanese and English, with bracketed text kept whole."""

import re

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
_END = re.compile(
    rf"[。！？．]+[{re.escape(_CLOSING)}]*|[.!?]+[{re.escape(_CLOSING)}]*(?=\s+[^a-z\s]|\s*$)"
)


def ends(text: str, *, inside_brackets: bool = False) -> list[int]:
    """Offsets just after each sentence, ascending; a sentence that the text breaks off has none.

    Unless `inside_brackets`, an end between a bracket and its partner is none: 「はい。」と言う。
    is one sentence. A bracket without a partner hides nothing.
    """
    found = [(match.start(), match.end()) for match in _END.finditer(text)]
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


def _partner(open_: list[tuple[str, int]], opener: str, reach: int = 8) -> int | None:
    """Where in the stack the nearest such opener is; only the last `reach` are looked at."""
    for depth in range(len(open_) - 1, max(-1, len(open_) - 1 - reach), -1):
        if open_[depth][0] == opener:
            return depth
    return None
