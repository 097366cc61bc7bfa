"""Which language a text is in, by its script."""

import re

from shikomi.corpus.links import mask_code
from shikomi.types import Lang

_JAPANESE = re.compile(
    "[\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003134f]+"
)
_LETTERS = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"\]\([^()\s]*\)|https?://\S+|<[^<>\n]*>")
_JAPANESE_SHARE = 0.15  # manuals full of identifiers stay above, English ones quoting names below


def script_ratio(text: str) -> float | None:
    """The share of Japanese letters among the letters outside code, addresses and tags.

    None where there are no letters: such a text ("204") is in no language.
    """
    prose = _ADDRESS.sub(" ", mask_code(text))
    letters = _length(_LETTERS, prose)
    return _length(_JAPANESE, prose) / letters if letters else None


def _length(runs: re.Pattern[str], text: str) -> int:
    """The characters in all runs: one by one they take ten times as long."""
    return sum(map(len, runs.findall(text)))


def detect(text: str) -> Lang:
    """The language of a page or a reply; "en" where it has no letters."""
    ratio = script_ratio(text)
    return "ja" if ratio is not None and ratio >= _JAPANESE_SHARE else "en"
