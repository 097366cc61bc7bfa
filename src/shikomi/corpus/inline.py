"""The inline part of Markdown: what a line says without its markup."""

import re

_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}>|\{#[^{}]{1,200}\}\s*$")
_TARGET = r"\((?:<[^<>\n]*>|(?:[^()\s<]|\([^()\s]*\))*)(?:\s[^()]*)?\)"
_IMAGE = re.compile(r"!\[((?:[^\[\]\\]|\\.)*)\]" + _TARGET)
_LINK = re.compile(r"\[((?:[^\[\]\\]|\\.)*)\]" + _TARGET)
_EMPHASIS = re.compile(r"(\*\*|__|~~|(?<![*\w])\*(?!\*))(?=\S)(.+?)(?<=\S)\1")
_CODE = re.compile(r"(?<!`)(?<!(?<!\\)\\)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_WIDE = "[\u3000-\u9fff\uff00-\uffef]"
_WIDE_BREAK = re.compile(rf"(?<={_WIDE})[ \t]*\r?\n[ \t]*(?={_WIDE})")
# As CommonMark 0.31 has it, section 6.5: an address, of the web or of mail, in angle brackets.
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*|[\w.+-]+@[\w.-]+)>")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_HELD = re.compile("\ue000(\\d+)\ue001")


def plain(markdown: str, *, images: bool = True) -> str:
    """Inline Markdown as its reader sees it, in one line: no links, emphasis, code marks or
    escapes. Lines that meet between Japanese characters are joined without a space.

    An image is its alternative text; without `images` it is nothing.
    """
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        """What is code or escaped marks nothing, whatever it looks like."""
        held.append(match[match.lastindex or 0].strip())
        return f"\ue000{len(held) - 1}\ue001"

    text = _CODE.sub(hold, _WIDE_BREAK.sub("", markdown.replace("\ue000", "")))
    text = _LINK.sub(r"\1", _IMAGE.sub(r"\1" if images else "", _ESCAPE.sub(hold, text)))
    text = _EMPHASIS.sub(r"\2", _TAG.sub("", _AUTOLINK.sub(hold, text)))
    return " ".join(_HELD.sub(lambda match: held[int(match[1])], text).split())
