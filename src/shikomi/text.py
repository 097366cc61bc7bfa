"""Grams, numbers and identifiers: the text measures that several rooms share."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

QUOTED = re.compile(r"「[^」]*」|『[^』]*』|\"[^\"]*\"|“[^”]*”|`[^`]*`")  # with its marks
_ASCII_TOKEN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/%+\-]*")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_GRAM = 3  # characters
_MARKUP = re.compile(
    r"(?P<ticks>`+)(?P<code>.+?)(?P=ticks)(?!`)"
    r"|\[!\[(?P<image>(?:[^\]\\]|\\.)*)\]\([^)]*\)\]\([^)]*\)"
    r"|!?\[(?P<link>(?:[^\]\\]|\\.)*)\]\([^)]*\)"
    r"|(?P<break><br ?/?>|\\\n)"
    r"|</?(?:a|del|em|strong|sub|sup)(?: [^<>]*)?>"
    r"|\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|[`*]+",
    re.DOTALL,
)


def counted(n: int, noun: str) -> str:
    """Such as "1 page" or "1,200 pages"."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def some_of(names: Sequence[str], most: int) -> str:
    """Such as "a.md, b.md and 3 more"."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def plain(text: str) -> str:
    """Markdown without emphasis, code marks, link targets, escapes and the tags that converted
    pages have in lines, for prompts and comparison. What is code stays as it is."""
    return _MARKUP.sub(_shown, text).strip()


def _shown(match: re.Match[str]) -> str:
    if linked := match["image"] or match["link"]:
        return plain(linked)
    return match["code"] or match["escaped"] or (" " if match["break"] else "")


def is_wide(char: str) -> bool:
    """Whether it takes two columns where Latin letters take one (UAX 11)."""
    return unicodedata.east_asian_width(char) in "WF"


def squeeze(text: str) -> str:
    """NFKC, casefolded, letters and digits only: the form in which texts are compared."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if char.isalnum() or char == "ー")


def grams(text: str) -> Counter[str]:
    """Counts of the character 3-grams of the squeezed text (of the whole if it is shorter)."""
    squeezed = squeeze(text)
    if len(squeezed) < _GRAM:
        return Counter([squeezed] if squeezed else [])
    return Counter(squeezed[i : i + _GRAM] for i in range(len(squeezed) - _GRAM + 1))


def numbers(text: str) -> list[str]:
    """Numbers as written after NFKC, thousands commas dropped."""
    folded = unicodedata.normalize("NFKC", text)
    return [match.replace(",", "") for match in _NUMBER.findall(folded)]


def identifiers(text: str) -> list[str]:
    """ASCII tokens that carry meaning as spelled: with a digit, an underscore, a dot or
    hyphen inside, or a capital that is not a sentence's first letter."""
    folded = unicodedata.normalize("NFKC", text)
    tokens = [token.strip(".:/-+%") for token in _ASCII_TOKEN.findall(folded)]
    return [token for token in tokens if _is_identifier(token)]


def _is_identifier(token: str) -> bool:
    if len(token) < 2 or token.replace(".", "").replace(",", "").isdigit():
        return False
    inner = any(char in "_.:/" for char in token[1:]) or any(char.isdigit() for char in token)
    return inner or any(char.isupper() for char in token[1:])
