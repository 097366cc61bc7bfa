"""Bytes to text: a cascade from certain signs to plausible ones, and the reason it stopped at.

The order matters on legacy Japanese pages, whose labels are often missing and sometimes wrong.
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from shikomi.corpus import japanese, letters, plausible
from shikomi.errors import SourceError

_LABELS_UNKNOWN_TO_PYTHON = {
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-ms-cp932": "cp932",
    "x-euc-jp": "euc_jp",
    "x-euc": "euc_jp",
    "eucjp-ms": "euc_jp",
    "cp51932": "euc_jp",
    "jis": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "windows-949": "cp949",
    "x-gbk": "gb18030",
    "x-x-big5": "cp950",
    "unicode-1-1-utf-8": "utf-8",
    "windows-874": "cp874",
    "dos-874": "cp874",
    "iso-8859-8-i": "iso8859-8",
}
_WIDER = {  # what the name stands for on real pages: the codec that knows the vendors' characters
    "shift_jis": "cp932",
    "iso2022_jp": "iso2022_jp_ext",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "cp950",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "ascii": "cp1252",
}
_LABEL = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)"
    rb"|<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.-]+)|@charset\s+\"([\w.-]+)\"",
    re.IGNORECASE,
)
_LABEL_WITHIN_BYTES = 8192
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = bytes(set(range(32)) - set(b"\t\n\x0b\f\r\x1a\x1b")) + b"\x7f"
_ASCII = b"<a href='%7E'>&amp;\\x20~</a>"
_HIGH = bytes(range(0x80, 0x100))
_MAX_CONTROL_SHARE = 0.1
_MAX_LOST_SHARE = 0.1
_MAX_BROKEN_UTF_8 = 0.1  # broken places to each byte above ASCII
_BY_CHANCE = re.compile("[\u0180-\u036f\u0530-\u07ff]")  # what two bytes of EUC may be in UTF-8
_LOSSY_BYTES = 1 << 20  # enough to choose by
_BY_LABEL = 1.5  # points that a label is worth, and that most neighbours' encoding is
_BY_PRIOR = 1.0
_NEAR = 1.5  # points between readings in different letters, of which the likelier one is taken
_LIKELIER = 6.0  # times, by its logarithm, that a point makes one of these
# The first to be certain ends the search: the most likely come first.
_CANDIDATES = ("euc_jp", *(codec for codec in plausible.KNOWN if codec != "euc_jp"))


class NotText(SourceError):
    """Bytes that are no text in any encoding."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """`encoding` is the codec's Python name; `reason` says what decided for it.

    Reasons: bom, ascii, escape, utf-8 valid, declared, in the page, neighbours, plausible,
    lossy (some characters are U+FFFD).
    """

    text: str
    encoding: str
    reason: str


def decode(data: bytes, *, declared: str | None = None, prior: str | None = None) -> Decoded:
    """The text of `data`.

    `declared` is a label from outside (an HTTP header); one inside the page is found here.
    `prior` is the encoding most of its neighbours have; it decides where two are about equal.

    Raises:
        SourceError: The bytes are not text.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _with_bom(data.removeprefix(bom), encoding)
    if b"\0" in data:
        return _utf_16(data)
    _refuse_binary(data)
    if data.isascii():
        return _seven_bit(data)
    if (text := _strict(data, "utf-8")) is not None:
        return Decoded(text, "utf-8", "utf-8 valid")
    labels = _labels(data, declared)
    found = _by_label(data, labels) or _broken_utf_8(data)
    return found or _by_score(data, labels, _codec(prior or ""))


def decode_as(data: bytes, encoding: str) -> str:
    """The text in the `encoding` that `decode` once found for it, whatever it went by then.

    Raises:
        SourceError: The bytes are not text.
    """
    if encoding and not data.startswith(tuple(bom for bom, _ in _BOMS)):
        with suppress(LookupError):
            if (text := _strict(data, encoding)) is not None:
                return text
    return decode(data, declared=encoding or None).text


def majority(encodings: Iterable[str]) -> str | None:
    """The encoding that more than half of a site's pages have, those of ASCII aside: a `prior`
    for `decode`. None where there is none."""
    counts = Counter(each for each in encodings if each not in ("", "ascii", "binary"))
    encoding, n_pages = counts.most_common(1)[0] if counts else ("", 0)
    return encoding if n_pages * 2 > counts.total() else None


def _with_bom(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, "replace")
    if "\0" in text:
        raise NotText("the file is not text")
    return _unless_lost(text, encoding, "lossy" if "\ufffd" in text else "bom")


def _utf_16(data: bytes) -> Decoded:
    """Text without a byte order mark has its NUL bytes, half of each ASCII character, on one
    side."""
    encoding = "utf-16-be" if data[::2].count(0) > data[1::2].count(0) else "utf-16-le"
    text = _strict(data, encoding)
    if text is None or not plausible.is_text(text):
        raise NotText("the file is not text")
    return Decoded(text, encoding, "plausible")


def _refuse_binary(data: bytes) -> None:
    control = len(data) - len(data.translate(None, _CONTROL))
    if control > len(data) * _MAX_CONTROL_SHARE:
        raise NotText("the file is not text")


def _seven_bit(data: bytes) -> Decoded:
    if not japanese.has_escape(data):
        return Decoded(data.decode("ascii"), "ascii", "ascii")
    if (text := _strict(data, "iso2022_jp_ext")) is not None:
        return Decoded(text, "iso2022_jp_ext", "escape")
    text = japanese.decode_euc(japanese.unescape(data), "replace")
    return _unless_lost(text, "iso2022_jp_ext", "lossy" if "\ufffd" in text else "escape")


def _labels(data: bytes, declared: str | None) -> dict[str, str]:
    """The reason by codec, the outer label first. Western ones say nothing: servers send them
    for everything."""
    match = _LABEL.search(data[:_LABEL_WITHIN_BYTES])
    inside = next(group for group in match.groups() if group).decode("ascii") if match else ""
    found: dict[str, str] = {}
    for label, reason in ((declared or "", "declared"), (inside, "in the page")):
        codec = _codec(label)
        if codec not in ("", "cp1252"):
            found.setdefault(codec, reason)
    return found


def _codec(label: str) -> str:
    """Python's codec for a label; "" where it is unknown, or none in which ASCII is ASCII."""
    name = label.strip().lower()
    name = _LABELS_UNKNOWN_TO_PYTHON.get(name, name)
    try:
        info = codecs.lookup(name)
        if _ASCII.decode(info.name) != _ASCII.decode("ascii"):
            return ""
    except (LookupError, ValueError):
        return ""
    return _WIDER.get(info.name, info.name)


def _by_label(data: bytes, labels: dict[str, str]) -> Decoded | None:
    for codec, reason in labels.items():
        text = _strict(data, codec)
        if text is not None and _looks_right(text, codec):
            return Decoded(text, codec, reason)
    return None


def _looks_right(text: str, codec: str) -> bool:
    """Whether a labelled text may be what its label says."""
    if codec not in plausible.KNOWN:
        return True
    return plausible.score(plausible.sample(text), codec) > plausible.LOOKS_RIGHT


def _broken_utf_8(data: bytes) -> Decoded | None:
    """Bytes of other encodings are hardly ever UTF-8 by chance; a few cut characters are common."""
    text = data.decode("utf-8", "replace")
    n_high = len(data) - len(data.translate(None, _HIGH))
    by_chance = sum(1 for _ in _BY_CHANCE.finditer(text))
    if text.count("\ufffd") + by_chance > n_high * _MAX_BROKEN_UTF_8:
        return None
    return Decoded(text, "utf-8", "lossy")


def _by_score(data: bytes, labels: dict[str, str], prior: str) -> Decoded:
    """The most plausible candidate: one that decodes all bytes, else one that loses few."""
    best, score, text = _best(data, labels, prior, "strict")
    if score <= plausible.LOOKS_RIGHT:
        lossy, lossy_score, _ = _best(data[:_LOSSY_BYTES], labels, prior, "replace")
        if lossy_score > max(score, plausible.LOOKS_RIGHT):
            return _unless_lost(_decoded(data, lossy, "replace") or "", lossy, "lossy")
    if best in labels:
        return Decoded(text, best, labels[best])
    alone = best == prior and _best(data, labels, "", "strict")[0] != best
    return Decoded(text, best, "neighbours" if alone else "plausible")


@dataclass(frozen=True, slots=True)
class _Reading:
    codec: str
    text: str
    found: plausible.Sample
    score: float
    hint: float  # what the label and the neighbours add, already in `score`


def _best(data: bytes, labels: dict[str, str], prior: str, errors: str) -> tuple[str, float, str]:
    """(codec, score, text) of the best candidate; codec "" where none decodes."""
    readings: list[_Reading] = []
    for codec in _CANDIDATES:
        text = _decoded(data, codec, errors)
        if text is None:
            continue
        found = plausible.sample(text)
        score = plausible.score(found, codec)
        if plausible.is_certain(found, codec, score):
            return codec, score, text
        hint = _BY_LABEL * (codec in labels) + _BY_PRIOR * (codec == prior)
        readings.append(_Reading(codec, text, found, score + hint, hint))
    best = _likeliest(readings)
    return (best.codec, best.score, best.text) if best else ("", -1000.0, "")


def _likeliest(readings: list[_Reading]) -> _Reading | None:
    """The one of the best score; if that is in an alphabet, the likeliest of those in one that
    score about as much."""
    best = max(readings, key=lambda each: each.score, default=None)
    if best is None or best.codec not in letters.KNOWN:
        return best
    near = [
        each for each in readings if each.codec in letters.KNOWN and each.score > best.score - _NEAR
    ]
    return max(
        near,
        key=lambda each: plausible.likelihood(each.found, each.codec) + _LIKELIER * each.hint,
    )


def _unless_lost(text: str, encoding: str, reason: str) -> Decoded:
    if text.count("\ufffd") > len(text) * _MAX_LOST_SHARE:
        raise NotText("the file is not text")
    return Decoded(text, encoding, reason)


def _strict(data: bytes, codec: str) -> str | None:
    return _decoded(data, codec, "strict")


def _decoded(data: bytes, codec: str, errors: str) -> str | None:
    """None where `data` is not in `codec`."""
    try:
        if codec == "euc_jp":
            return japanese.decode_euc(data, errors)
        return data.decode(codec, errors)
    except UnicodeDecodeError:
        return None
