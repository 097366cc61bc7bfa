"""The XML of a Word document, made over so that nothing a reader sees is lost on conversion.

Names are those of ECMA-376 (Office Open XML), part 1.
"""

import re
from collections.abc import Mapping

from lxml import etree

from shikomi.corpus import docx_xml
from shikomi.corpus.docx_xml import Element, W

TITLE_STYLE = "ShikomiTitle"

_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_STRICT = {  # the names of the standard's strict form, and those that nearly all files use
    b"http://purl.oclc.org/ooxml/wordprocessingml/main": W[1:-1].encode(),
    b"http://purl.oclc.org/ooxml/officeDocument/math": _M[1:-1].encode(),
}
_WRAPPERS = (f"{W}fldSimple", f"{W}dir", f"{W}bdo")
_HEADING_NAME = re.compile(r"(?:heading|見出し|überschrift|titre)\s*([1-9])", re.IGNORECASE)
_NO_TITLE = re.compile(r"(?:microsoft word - .*|untitled.*|.*\.docx?)", re.IGNORECASE)
_JOINTS = {f"{_M}f": "/", f"{_M}sSup": "^", f"{_M}sSub": "_"}
_OUTLINE_LEVELS = range(1, 10)


def parse(data: bytes) -> Element:
    """The root of an XML part. Entities stay unread, depth is limited.

    Raises:
        XMLSyntaxError: It is no XML.
    """
    for strict, usual in _STRICT.items():
        data = data.replace(strict, usual)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_pis=True)
    return etree.fromstring(data, parser)


def title(core: Element | None) -> str:
    """The title in the document's properties, if a person gave it."""
    if core is None:
        return ""
    text = " ".join((core.findtext(f"{_DC}title") or "").split())
    return "" if _NO_TITLE.fullmatch(text) else text


def heading_levels(styles: Element) -> dict[str, int]:
    """By the id of each paragraph style that makes a heading its level from 1; 0 for the title's.

    A style has the level of the style it is based on if it says nothing itself.
    """
    known = docx_xml.styles_by_id(styles)
    found = {name: _level(name, known) for name in known}
    return {name: level for name, level in found.items() if level is not None}


def _own_level(style: Element) -> int | None:
    name = docx_xml.value(style, "name")
    if name.lower() in ("title", "表題"):
        return 0
    level = _outline_level(style)
    if level is not None:
        return level if level in _OUTLINE_LEVELS else -1
    match = _HEADING_NAME.fullmatch(name)
    return int(match[1]) if match else None


def _level(name: str, styles: Mapping[str, Element]) -> int | None:
    for style in docx_xml.lineage(name, styles):
        level = _own_level(style)
        if level is not None:
            return level if level >= 0 else None
    return None


def _outline_level(element: Element) -> int | None:
    """From 1; 10 is body text."""
    value = docx_xml.value(element, f"pPr/{W}outlineLvl")
    return int(value) + 1 if value.isascii() and value.isdigit() else None


def adapt(root: Element, levels: Mapping[str, int]) -> None:
    """Change a part's tree in place. `levels` is that of `heading_levels`."""
    for alternatives in list(root.iter(f"{_MC}AlternateContent")):
        _choose(alternatives)
    for ruby in list(root.iter(f"{W}ruby")):
        _unroll(ruby)
    for formula in list(root.iter(f"{_M}oMath")):
        _replace(formula, [docx_xml.run(_formula(formula))])
    for wrapper in list(root.iter(*_WRAPPERS, f"{_M}oMathPara")):
        _replace(wrapper, list(wrapper))
    for end in list(root.iter(f"{W}cr")):
        end.tag = f"{W}br"
    for table in root.iter(f"{W}tbl"):
        _mark_header(table)
    for paragraph in root.iter(f"{W}p"):
        _mark_heading(paragraph, levels)


def _replace(element: Element, others: list[Element]) -> None:
    parent = element.getparent()
    at = parent.index(element)
    parent[at : at + 1] = others


def _choose(alternatives: Element) -> None:
    """What is only there for newer readers is all there is."""
    if alternatives.find(f"{_MC}Fallback") is None:
        choice = alternatives.find(f"{_MC}Choice")
        _replace(alternatives, [] if choice is None else list(choice))


def _unroll(ruby: Element) -> None:
    """The run that holds a ruby becomes its base, and the reading in brackets."""
    run = ruby.getparent()
    reading = docx_xml.text(ruby.find(f"{W}rt"))
    base = ruby.find(f"{W}rubyBase")
    runs = [] if base is None else list(base)
    _replace(ruby, [])
    if run.getparent() is not None:
        after = [*runs, *([docx_xml.run(f"（{reading}）")] if reading else [])]
        _replace(run, [run, *after])


def _formula(element: Element) -> str:
    """A formula in one line: a/b, x^2, x_i."""
    if element.tag == f"{_M}t":
        return element.text or ""
    parts = [text for text in map(_formula, element) if text]
    if element.tag in _JOINTS:
        return _JOINTS[element.tag].join(part if len(part) < 2 else f"({part})" for part in parts)
    return "".join(parts)


def _mark_header(table: Element) -> None:
    """The first row is the header where the table's look says so."""
    rows = table.findall(f"{W}tr")
    look = table.find(f"{W}tblPr/{W}tblLook")
    if look is None or len(rows) < 2 or not _has_header(look):
        return
    properties = docx_xml.properties(rows[0], "tr")
    if properties.find(f"{W}tblHeader") is None:
        etree.SubElement(properties, f"{W}tblHeader")


def _has_header(look: Element) -> bool:
    first = look.get(f"{W}firstRow")
    if first is not None:
        return first in ("1", "true", "on")
    value = look.get(f"{W}val") or ""
    return bool(re.fullmatch("[0-9A-Fa-f]{1,4}", value)) and bool(int(value, 16) & 0x20)


def heading_level(paragraph: Element, levels: Mapping[str, int]) -> int | None:
    """A paragraph's, by itself or by its style: from 1, 0 of the title; None where it is none."""
    level = _outline_level(paragraph)
    if level in _OUTLINE_LEVELS:
        return level
    return levels.get(docx_xml.value(paragraph, f"pPr/{W}pStyle"))


def _mark_heading(paragraph: Element, levels: Mapping[str, int]) -> None:
    """Give a heading the name by which mammoth knows it."""
    level = heading_level(paragraph, levels)
    if level is not None:
        docx_xml.set_style(paragraph, "p", f"Heading{min(level, 6)}" if level else TITLE_STYLE)
