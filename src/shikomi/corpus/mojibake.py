"""Signs that a text was decoded in the wrong way."""

import re

_HALF_WIDTH = re.compile("[\uff61-\uff9f]{8,}")
_HALF_WIDTH_MARKS = re.compile("[\uff61-\uff65]")
_HALF_WIDTH_SHARE = 0.2
_MAX_SHOWN = 20
_PATTERNS = (
    ("characters that could not be decoded", re.compile("\ufffd+")),
    # hiragana and katakana begin with E3 81-83, which is 縺, 繧 and 繝 in Shift_JIS
    ("UTF-8 read as Shift_JIS", re.compile("(?:[縺繧繝][^\\s\x00-\x7f縺繧繝]{0,3}){3,}")),
    ("UTF-8 read as Latin-1", re.compile("(?:[ãäåæçèé][\u0080-\u00bf€-™ŒœŠšŸŽžƒˆ˜]{1,2}){3,}")),
    ("Shift_JIS read as Latin-1", re.compile("(?:[‚ƒ][\u00a1-\u00ff\x40-\x7e€-™Œœ]){4,}")),
    ("EUC-JP read as Latin-1", re.compile("(?:[¤¥][\u00a1-\u00fe]){4,}")),
    ("ISO-2022-JP without its escapes", re.compile(r"\$[@B](?:[!-~]{2}){3,200}?\([BJ]")),
    ("control characters", re.compile("[\u0080-\u009f]{2,}")),
    ("characters for private use", re.compile("[\ue000-\uf8ff]{2,}")),
)


def mojibake(text: str) -> list[tuple[str, str]]:
    """(what it looks like, an example) for each kind of garbled text that is found."""
    signs = [
        (name, match[0][:_MAX_SHOWN])
        for name, pattern in _PATTERNS
        if (match := pattern.search(text))
    ]
    if run := _half_width_run(text):
        signs.append(("EUC-JP read as Shift_JIS", run[:_MAX_SHOWN]))
    return signs


def _half_width_run(text: str) -> str:
    """EUC-JP read as Shift_JIS is half-width katakana with many half-width marks in it; real
    half-width words have few."""
    for match in _HALF_WIDTH.finditer(text):
        if len(_HALF_WIDTH_MARKS.findall(match[0])) > len(match[0]) * _HALF_WIDTH_SHARE:
            return match[0]
    return ""
