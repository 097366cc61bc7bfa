"""What lists and definition lists do."""

from collections.abc import Iterator

from shikomi.corpus.html import escape
from shikomi.corpus.html.blocks import Block, indented, joined, spaced, with_anchor
from shikomi.corpus.html.element import Element
from shikomi.corpus.html.lists import LISTS, holds, is_list, own_number, start
from shikomi.corpus.html.marks import Mark
from shikomi.corpus.html.renderer import Handler, Renderer
from shikomi.corpus.html.tree import HEADINGS, SKIPPED


def _list(to: Renderer, element: Element) -> None:
    if to.joint or not is_list(element):
        to.set_apart(element)
        return
    to.flush()
    to.settle_anchors()
    with to.in_list():
        items = list(_items(to, element))
    to.add_below("list", spaced(items))


def _items(to: Renderer, element: Element) -> Iterator[list[str]]:
    """The lines of each item, its marker before them; text beside the items has none."""
    if element.text and element.text.strip():
        yield [escape.line(escape.text(" ".join(element.text.split()))), ""]
    number = start(element) if element.tag == "ol" else None
    for child in element:
        if isinstance(child.tag, str) and child.tag not in SKIPPED:
            if child.tag == "li":
                number = own_number(child, number)
            marker = "-" if number is None else f"{number}."
            if lines := joined(_item(to, child)):
                yield indented(lines, f"{marker} " if child.tag == "li" else "  ")
                number = None if number is None else number + (child.tag == "li")
        if child.tail and child.tail.strip():
            yield indented(escape.text(child.tail.strip()).split("\n"), "  ")


def _item(to: Renderer, element: Element) -> list[Block]:
    """The blocks of a list's child, its own anchor in them."""
    if element.tag == "li":
        return with_anchor(to.anchor_text(element.get("id")), to.container(element))
    return to.on_its_own(element)


def _definitions(to: Renderer, element: Element) -> None:
    if to.joint or not is_list(element):
        to.set_apart(element)
        return
    to.flush()
    to.settle_anchors()
    lines: list[str] = []
    space = ""  # what stands before the first term is in no item
    with to.in_list():
        for kind, blocks in _entries(to, element):
            body = joined(blocks)
            if kind == "dt" and body:
                lines += ["", *indented(body, "- ")]
                space = "  "
            elif body:
                lines += ["", *(f"{space}{line}".rstrip() for line in body)]
    to.add_below("list", lines[1:])


def _entries(to: Renderer, element: Element) -> Iterator[tuple[str, list[Block]]]:
    """("dt" or "dd", its blocks); what stands in the list outside both is a "dd"."""
    if element.text and element.text.strip():
        yield "dd", [_text(element.text)]
    for child in element:
        if isinstance(child.tag, str) and child.tag not in SKIPPED:
            if child.tag == "dt":
                yield "dt", _term(to, child)
            elif child.tag != "dd" and holds(child, "dt", "dd"):
                yield from _entries(to, child)
            else:
                yield "dd", _item(to, child)
        if child.tail and child.tail.strip():
            yield "dd", [_text(child.tail)]


def _text(text: str) -> Block:
    return Block("text", [escape.text(" ".join(text.split()))])


def _term(to: Renderer, element: Element) -> list[Block]:
    if holds(element, "p", "div", "table", "pre", "dl", *LISTS, *HEADINGS):
        return _item(to, element)
    anchors = to.anchor_text(element.get("id"))
    text = to.one_line(element, " ", Mark("strong"))
    return [Block("text", [anchors + text])] if anchors + text else []


HANDLERS: dict[str, Handler] = {**dict.fromkeys(LISTS, _list), "dl": _definitions}
