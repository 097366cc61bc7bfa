"""What a Word document tells by its looks alone: code by its font, deeper lists by their styles'
names, and the lines of a table of contents, which say again what the headings say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Element: TypeAlias = Any  # lxml has no types

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CODE, _CODE_RUN, _LIST = "ShikomiCode", "ShikomiCodeRun", "ShikomiList"
_MONOSPACED = re.compile(
    r"courier|consolas|menlo|monaco|\bmono|monospace|lucida console|andale|inconsolata|"
    r"source code|fira code|cascadia|terminal\b|typewriter",
    re.IGNORECASE,
)
_CODE_NAME = re.compile(
    r"(?:source )?code(?: block| text)?|verbatim|listing|preformatted(?: text)?|html preformatted|"
    r"source|コード|ソースコード",
    re.IGNORECASE,
)
_CONTENTS_NAME = re.compile(r"(?:toc|contents|目次)\s*(?:\d|heading|の見出し)", re.IGNORECASE)
_LIST_NAME = re.compile(r"list (bullet|number) ([2-5])", re.IGNORECASE)
_MOST_CODE = 0.6  # of the text: in more it tells nothing
_MAX_BASES = 20

STYLE_MAP = "\n".join(
    [
        f"p.{_CODE} => pre:separator('\\n')",
        f"r.{_CODE_RUN} => code",
        *(
            f"p.{_LIST}{kind}{depth} => {'ul|ol > li > ' * (depth - 1)}{kind} > li:fresh"
            for kind in ("ul", "ol")
            for depth in range(2, 6)
        ),
    ]
)


@dataclass(frozen=True, slots=True)
class Looks:
    """What the styles say, by their ids: which set code, which make lists and how deep
    ("ul2"), which are those of a table of contents."""

    code: frozenset[str]
    lists: Mapping[str, str]
    contents: frozenset[str]


def looks(styles: Element | None) -> Looks:
    found = {} if styles is None else {_id(each): each for each in styles.iter(f"{_W}style")}
    names = {style: _value(each, "name") for style, each in found.items()}
    matches = {style: _LIST_NAME.fullmatch(name) for style, name in names.items()}
    return Looks(
        code=frozenset(style for style in found if _is_code(style, found, names)),
        lists={
            style: f"{'ul' if match[1].lower() == 'bullet' else 'ol'}{match[2]}"
            for style, match in matches.items()
            if match
        },
        contents=frozenset(s for s, name in names.items() if _CONTENTS_NAME.fullmatch(name)),
    )


def _id(style: Element) -> str:
    return style.get(f"{_W}styleId") or ""


def _value(element: Element, path: str) -> str:
    found = element.find(f"{_W}{path}")
    return "" if found is None else found.get(f"{_W}val") or ""


def _is_code(style: str, found: Mapping[str, Element], names: Mapping[str, str]) -> bool:
    """By its name, else by its font or that of the style it is based on."""
    for _ in range(_MAX_BASES):
        element = found.get(style)
        if element is None:
            return False
        if _CODE_NAME.fullmatch(names[style]):
            return True
        font = _font(element)
        if font:
            return bool(_MONOSPACED.search(font))
        style = _value(element, "basedOn")
    return False


def _font(element: Element) -> str:
    fonts = element.find(f"{_W}rPr/{_W}rFonts")
    return "" if fonts is None else fonts.get(f"{_W}ascii") or fonts.get(f"{_W}hAnsi") or ""


def adapt(root: Element, seen: Looks) -> None:
    """Give the paragraphs and runs of a part's tree the names that `STYLE_MAP` knows."""
    runs = [run for run in root.iter(f"{_W}r") if _text(run).strip()]
    code = {run for run in runs if _is_code_run(run, seen)}
    n_chars = sum(len(_text(run)) for run in runs)
    if sum(len(_text(run)) for run in code) > _MOST_CODE * n_chars:
        code = set()
    for paragraph in root.iter(f"{_W}p"):
        style = _value(paragraph, f"pPr/{_W}pStyle")
        if style in seen.contents:
            _empty(paragraph)
        elif style in seen.lists:
            _name(paragraph, "p", f"{_LIST}{seen.lists[style]}")
        _mark(paragraph, code, seen)


def _text(run: Element) -> str:
    return "".join(each.text or "" for each in run.iter(f"{_W}t"))


def _is_code_run(run: Element, seen: Looks) -> bool:
    font = _font(run)
    if font:
        return bool(_MONOSPACED.search(font))
    own = _value(run, f"rPr/{_W}rStyle")
    paragraph = next(run.iterancestors(f"{_W}p"), None)
    above = "" if paragraph is None else _value(paragraph, f"pPr/{_W}pStyle")
    return own in seen.code or above in seen.code


def _empty(paragraph: Element) -> None:
    """Its fields stay, for they may go on in other paragraphs."""
    for text in [*paragraph.iter(f"{_W}t", f"{_W}tab")]:
        text.getparent().remove(text)


def _mark(paragraph: Element, code: set[Element], seen: Looks) -> None:
    """A paragraph of code, unless it is a list's item or a table's cell, else its runs of code."""
    runs = [run for run in paragraph.iter(f"{_W}r") if _text(run).strip()]
    ours = [run for run in runs if run in code]
    listed = paragraph.find(f"{_W}pPr/{_W}numPr") is not None
    cell = next(paragraph.iterancestors(f"{_W}tc"), None) is not None
    styled = _value(paragraph, f"pPr/{_W}pStyle").startswith((_LIST, "Heading"))
    if ours and len(ours) == len(runs) and not (listed or cell or styled):
        _name(paragraph, "p", _CODE)
        return
    for run in ours:
        _name(run, "r", _CODE_RUN)


def _name(element: Element, kind: str, name: str) -> None:
    """Set the style of a paragraph ("p") or of a run ("r")."""
    properties = element.find(f"{_W}{kind}Pr")
    if properties is None:
        properties = element.makeelement(f"{_W}{kind}Pr")
        element.insert(0, properties)
    style = properties.find(f"{_W}{kind}Style")
    if style is None:
        style = properties.makeelement(f"{_W}{kind}Style")
        properties.insert(0, style)
    style.set(f"{_W}val", name)
