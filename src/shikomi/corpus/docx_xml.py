"""What the rooms of a Word document's conversion share: its names, its values, its styles.

Names are those of ECMA-376 (Office Open XML), part 1.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from lxml import etree

Element: TypeAlias = Any  # lxml has no types

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_MAX_BASES = 20


def value(element: Element, path: str) -> str:
    """The `w:val` of the element at a path below, whose first name is Word's; "" where it has
    none."""
    found = element.find(f"{W}{path}")
    return "" if found is None else found.get(f"{W}val") or ""


def text(element: Element | None) -> str:
    """All that it says."""
    if element is None:
        return ""
    return "".join(each.text or "" for each in element.iter(f"{W}t"))


def run(said: str) -> Element:
    """A new run with this text, its spaces kept."""
    made = etree.Element(f"{W}r")
    inner = etree.SubElement(made, f"{W}t")
    inner.text = said
    inner.set(_SPACE, "preserve")
    return made


def properties(element: Element, kind: str) -> Element:
    """Those of a paragraph ("p"), a run ("r") or a table's row ("tr"), made where it has none."""
    found = element.find(f"{W}{kind}Pr")
    if found is None:
        found = etree.Element(f"{W}{kind}Pr")
        element.insert(0, found)
    return found


def set_style(element: Element, kind: str, name: str) -> None:
    """Of a paragraph ("p") or of a run ("r")."""
    own = properties(element, kind)
    style = own.find(f"{W}{kind}Style")
    if style is None:
        style = etree.Element(f"{W}{kind}Style")
        own.insert(0, style)
    style.set(f"{W}val", name)


def styles_by_id(styles: Element | None) -> dict[str, Element]:
    found = () if styles is None else styles.iter(f"{W}style")
    return {name: each for each in found if (name := each.get(f"{W}styleId"))}


def lineage(name: str, styles: Mapping[str, Element]) -> Iterator[Element]:
    """The style of this id, and those that it is based on, one after the other; at most 20."""
    for _ in range(_MAX_BASES):
        style = styles.get(name)
        if style is None:
            return
        yield style
        name = value(style, "basedOn")
