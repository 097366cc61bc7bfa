"""Japanese encodings as they are on real pages: with the vendors' characters.

NEC's row 13 (①, ㈱) and IBM's kanji (髙) are in EUC-JP and ISO-2022-JP by no standard, but Windows
writes them there (code pages 51932 and 50221). Python's codecs do not know them; cp932's does.
"""

import re

_ESCAPE = re.compile(rb"\x1b(?:\$[@B]|\$\([DOPQ]|\([BJI])")
_RUN = re.compile(rb"\x1b(\$[@B]|\$\(D|\(I)([\x21-\x7e]*)")
_EUC = re.compile(
    rb"(?P<vendor>(?:[\xad\xf9-\xfc][\xa1-\xfe])++)"
    rb"|(?:[\x00-\x7f]++|\x8e[\xa1-\xdf]|\x8f[\xa1-\xfe]{2}|(?![\xad\xf9-\xfc])[\xa1-\xfe]{2})++"
)


def has_escape(data: bytes) -> bool:
    """Whether an escape sequence of ISO-2022-JP is in it."""
    return _ESCAPE.search(data) is not None


def decode_euc(data: bytes, errors: str = "strict") -> str:
    """EUC-JP with the vendors' characters.

    Raises:
        UnicodeDecodeError: With `errors` "strict": it is not EUC-JP.
    """
    try:
        return data.decode("euc_jp")
    except UnicodeDecodeError:
        parts: list[str] = []
        at = 0
        for match in _EUC.finditer(data):
            parts += [data[at : match.start()].decode("euc_jp", errors), _part(match, errors)]
            at = match.end()
        return "".join(parts) + data[at:].decode("euc_jp", errors)


def _part(match: re.Match[bytes], errors: str) -> str:
    vendor = match["vendor"]
    if vendor is None:
        return match[0].decode("euc_jp", errors)
    pairs = zip(vendor[::2], vendor[1::2], strict=True)
    return b"".join(_shift_jis(*pair) for pair in pairs).decode("cp932", errors)


def _shift_jis(first: int, second: int) -> bytes:
    """The two bytes in Shift_JIS of two in EUC-JP."""
    row, cell = first - 0xA0, second - 0xA0
    lead = (row - 1) // 2 + (0x81 if row <= 62 else 0xC1)
    trail = cell + 0x9E if row % 2 == 0 else cell + (0x3F if cell < 64 else 0x40)
    return bytes((lead, trail))


def unescape(data: bytes) -> bytes:
    """ISO-2022-JP as EUC-JP."""
    return _ESCAPE.sub(b"", _RUN.sub(_raised, data))


def _raised(match: re.Match[bytes]) -> bytes:
    raised = bytes(byte | 0x80 for byte in match[2])
    if match[1] == b"(I":
        return b"".join(b"\x8e" + raised[i : i + 1] for i in range(len(raised)))
    if match[1] == b"$(D":
        return b"".join(b"\x8f" + raised[i : i + 2] for i in range(0, len(raised), 2))
    return raised
