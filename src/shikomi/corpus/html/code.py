"""Code as a page shows it, and the fence it stands in."""

import re
from collections.abc import Sequence
from itertools import islice

from shikomi.corpus.html import escape
from shikomi.corpus.html.element import Element
from shikomi.corpus.html.tree import text_of

_LANGUAGE = re.compile(
    r"(?:^|[\s-])(?:lang(?:uage)?[-:]|highlight-(?:source-|lang-)?|brush:\s*|sourceCode\s+)"
    r"([\w+#-]+)"
)
_NO_LANGUAGE = frozenset({"default", "none", "notranslate", "nohighlight", "plain", "source"})
_N_AROUND = 2  # generators name the language up to so many elements outside the code
_AS_WRITTEN = re.compile(r"white-space\s*:\s*(?:pre(?:-wrap)?|break-spaces)\s*(?:[;!]|$)")


def is_written(element: Element) -> bool:
    """Whether the page shows a division's white space as written, other than by its tag."""
    if (style := element.get("style")) and _AS_WRITTEN.search(style.lower()):
        return True
    classes = element.get("class") or ""
    return "fragment" in classes.split() and all(map(_is_line, element)) and len(element) > 0


def _is_line(element: Element) -> bool:
    return "line" in (element.get("class") or "").split()


def text(element: Element) -> str:
    """The lines of code; those that are elements of their own end where these do."""
    for br in element.iter("br"):
        br.text = "\n"
    if element.tag == "div" and len(element) and all(map(_is_line, element)):
        return "\n".join(text_of(line).strip("\n") for line in element)
    return text_of(element)


def language(element: Element) -> str:
    """As a class names it: the code's own, its first child's, or one close around it."""
    around = islice(element.iterancestors(), _N_AROUND)
    for each in (element, *element[:1], *around):
        found = _LANGUAGE.search(each.get("class") or "") if isinstance(each.tag, str) else None
        if found and found[1].lower() not in _NO_LANGUAGE:
            return found[1].lower()
    return ""


def fenced(value: str, language: str = "") -> list[str]:
    """The lines of a code block, without blank ones at either end; [] where all are blank."""
    lines: Sequence[str] = value.split("\n")
    shown = [n for n, line in enumerate(lines) if line.strip()]
    if not shown:
        return []
    mark = escape.fence(value)
    return [mark + language, *lines[shown[0] : shown[-1] + 1], mark]
