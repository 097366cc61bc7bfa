"""Bytes to text: a cascade from certain signs to plausible ones, and the reason it stopped at.

The order matters on legacy Japanese pages, whose labels are often missing and sometimes wrong.
"""

import codecs
import re
from dataclasses import dataclass

from shikomi.corpus import plausible
from shikomi.errors import SourceError

_LABELS_UNKNOWN_TO_PYTHON = {
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-ms-cp932": "cp932",
    "x-euc-jp": "euc_jp",
    "jis": "iso2022_jp_ext",
    "unicode-1-1-utf-8": "utf-8",
}
_WIDER = {  # what the name stands for on real pages: the codec that knows the vendors' characters
    "shift_jis": "cp932",
    "iso2022_jp": "iso2022_jp_ext",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
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
_ESCAPE = re.compile(rb"\x1b(?:\$[@B]|\$\([DOPQ]|\([BJI])")
_JIS_RUN = re.compile(rb"\x1b\$[@B]([^\x1b\n]*)")
_CONTROL = bytes(set(range(32)) - set(b"\t\n\x0b\f\r\x1a\x1b")) + b"\x7f"
_ISOLATED = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])")
_HIGH = re.compile(rb"[\x80-\xff]")
_JAPANESE = ("cp932", "euc_jp", "euc_jis_2004")
_MAX_CONTROL_SHARE = 0.1
_MAX_LOST_SHARE = 0.1
_LOOKS_RIGHT = 0.2
_VOTERS = ("euc_jp", "cp932", "euc_jis_2004", "euc_kr", "gb18030", "big5", "cp1252")


@dataclass(frozen=True, slots=True)
class Decoded:
    """`encoding` is the codec's Python name; `reason` says what decided for it.

    Reasons: bom, ascii, escape, utf-8 valid, declared, in the page, only candidate,
    neighbours, plausible, lossy (some characters are U+FFFD).
    """

    text: str
    encoding: str
    reason: str


def decode(data: bytes, *, declared: str | None = None, prior: str | None = None) -> Decoded:
    """The text of `data`.

    `declared` is a label from outside (an HTTP header); one inside the page is found here.
    `prior` is the encoding most of its neighbours have; it decides only between equals.

    Raises:
        SourceError: The bytes are not text.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _with_bom(data.removeprefix(bom), encoding)
    _refuse_binary(data)
    if data.isascii():
        return _seven_bit(data)
    if (text := _strict(data, "utf-8")) is not None:
        return Decoded(text, "utf-8", "utf-8 valid")
    labels = _labels(data, declared)
    found = _by_label(data, labels) or _by_candidates(data, _codec(prior or ""))
    return found or _lossy(data, [label for label, _ in labels])


def _with_bom(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, "replace")
    if "\0" in text:
        raise SourceError("the file is not text")
    return _unless_lost(text, encoding, "lossy" if "\ufffd" in text else "bom")


def _refuse_binary(data: bytes) -> None:
    control = len(data) - len(data.translate(None, _CONTROL))
    if b"\0" in data or control > len(data) * _MAX_CONTROL_SHARE:
        raise SourceError("the file is not text")


def _seven_bit(data: bytes) -> Decoded:
    if not _ESCAPE.search(data):
        return Decoded(data.decode("ascii"), "ascii", "ascii")
    if (text := _strict(data, "iso2022_jp_ext")) is not None:
        return Decoded(text, "iso2022_jp_ext", "escape")
    # NEC's row 13 (①, ㈱) is no part of ISO-2022-JP but is common in it; EUC's codec knows it.
    shifted = _JIS_RUN.sub(lambda run: bytes(byte | 0x80 for byte in run[1]), data)
    text = _ESCAPE.sub(b"", shifted).decode("euc_jis_2004", "replace")
    return _unless_lost(text, "iso2022_jp_ext", "lossy" if "\ufffd" in text else "escape")


def _labels(data: bytes, declared: str | None) -> list[tuple[str, str]]:
    """(codec, reason) of each label; Western ones say nothing, servers send them for all."""
    match = _LABEL.search(data[:_LABEL_WITHIN_BYTES])
    inside = next(group for group in match.groups() if group).decode("ascii") if match else ""
    found = [(_codec(declared or ""), "declared"), (_codec(inside), "in the page")]
    return [(codec, reason) for codec, reason in found if codec not in ("", "cp1252")]


def _codec(label: str) -> str:
    """Python's codec for a label, "" if it is none for text or unknown."""
    name = label.strip().lower()
    name = _LABELS_UNKNOWN_TO_PYTHON.get(name, name)
    try:
        info = codecs.lookup(name)
        "".encode(info.name)  # refuses codecs that are not for text, such as "hex"
    except LookupError:
        return ""
    return _WIDER.get(info.name, info.name)


def _by_label(data: bytes, labels: list[tuple[str, str]]) -> Decoded | None:
    for codec, reason in labels:
        text = _strict(data, codec)
        if text is None or (codec in _JAPANESE and plausible.japanese(text) <= _LOOKS_RIGHT):
            continue
        return Decoded(text, codec, reason)
    return None


def _by_candidates(data: bytes, prior: str) -> Decoded | None:
    # Where no two bytes above ASCII meet, they are an accented letter here and there, not CJK.
    isolated = len(_ISOLATED.findall(data)) == len(_HIGH.findall(data))
    if isolated and (text := _strict(data, "cp1252")) is not None:
        return Decoded(text, "cp1252", "plausible")
    strict = {codec: text for codec in _VOTERS if (text := _strict(data, codec)) is not None}
    if "euc_jp" in strict:
        strict.pop("euc_jis_2004", None)
    japanese = [codec for codec in _JAPANESE if codec in strict]
    if prior in japanese and plausible.japanese(strict[prior]) > _LOOKS_RIGHT:
        return Decoded(strict[prior], prior, "neighbours")
    if len(japanese) == 1 and plausible.has_kana(strict[japanese[0]]):
        return Decoded(strict[japanese[0]], japanese[0], "only candidate")
    if not strict:
        return None
    best = max(strict, key=lambda codec: _score(codec, strict[codec]))
    return Decoded(strict[best], best, "plausible")


def _score(codec: str, text: str) -> float:
    if codec == "cp1252":
        return 0.05
    if codec == "euc_kr":
        return plausible.korean(text)
    handicap = 0.6 if codec in ("gb18030", "big5") else 0.0
    return plausible.japanese(text) - handicap


def _lossy(data: bytes, labels: list[str]) -> Decoded:
    """The decoding that loses least; the earlier candidate among equals."""
    codecs_ = [*labels, "cp932", "euc_jis_2004", "utf-8"]
    texts = [(data.decode(codec, "replace"), codec) for codec in codecs_]
    text, codec = min(texts, key=lambda pair: pair[0].count("\ufffd"))
    return _unless_lost(text, codec, "lossy")


def _unless_lost(text: str, encoding: str, reason: str) -> Decoded:
    if text.count("\ufffd") > len(text) * _MAX_LOST_SHARE:
        raise SourceError("the file is not text")
    return Decoded(text, encoding, reason)


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None
