"""The inline part of Markdown: what a line says without its markup."""

import re

_ANCHOR = re.compile(r"</?[A-Za-z][^<>]{0,500}>|\{#[^{}]{1,200}\}\s*$")
_LINK = re.compile(
    r"!?\[((?:[^\[\]\\]|\\.)*)\]\((?:<[^<>\n]*>|(?:[^()\s<]|\([^()\s]*\))*)(?:\s[^()]*)?\)"
)
_EMPHASIS = re.compile(r"(\*\*|__|~~)(?=\S)(.+?)(?<=\S)\1")
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_WIDE = "[\u3000-\u9fff\uff00-\uffef]"
_WIDE_BREAK = re.compile(rf"(?<={_WIDE})[ \t]*\r?\n[ \t]*(?={_WIDE})")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


def plain(markdown: str) -> str:
    """Inline Markdown as its reader sees it, in one line: no links, emphasis, code marks or
    escapes. Lines that meet between Japanese characters are joined without a space."""
    markdown = _WIDE_BREAK.sub("", markdown)
    if code := _CODE.search(markdown):
        before, after = markdown[: code.start()], markdown[code.end() :]
        return " ".join(f"{_prose(before)}{code[2].strip()}{plain(after)}".split())
    return " ".join(_prose(markdown).split())


def _prose(markdown: str) -> str:
    text = _LINK.sub(r"\1", markdown)
    text = _EMPHASIS.sub(r"\2", _ANCHOR.sub("", text))
    return _ESCAPE.sub(r"\1", text)
