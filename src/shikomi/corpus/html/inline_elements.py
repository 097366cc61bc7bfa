"""What elements within a line do."""

import re

from shikomi.corpus.html import escape, math
from shikomi.corpus.html.element import Element
from shikomi.corpus.html.marks import Mark
from shikomi.corpus.html.renderer import Handler, Renderer
from shikomi.corpus.html.tree import font_size, text_of

_MARKS = {
    "b": "strong", "strong": "strong",
    "i": "em", "em": "em", "cite": "em", "dfn": "em", "var": "em",
    "del": "del", "s": "del", "strike": "del",
    "sup": "sup", "sub": "sub",
}  # fmt: skip
_STANDING_APART = (
    *("option", "button", "label", "select"),
    *("text", "desc"),  # of a drawing (SVG), where they lie far apart
    *("applet", "audio", "embed", "noembed", "object", "video"),
)
_SHOWN_FIELDS = frozenset({"button", "image", "reset", "search", "submit", "text"})
_NO_SIZE = frozenset({"0", "1", "2", "0px", "1px", "2px"})


def _marked(to: Renderer, element: Element) -> None:
    with to.marked(Mark(_MARKS[element.tag])):  # type: ignore[arg-type]
        to.children(element)


def coded(to: Renderer, element: Element) -> None:
    with to.as_code():
        to.children(element)


def _anchor_element(to: Renderer, element: Element) -> None:
    for name in (element.get("id"), element.get("name")):
        to.anchor(name)
    url = to.url(element.get("href") or element.get("xlink:href"))
    if not url:
        to.children(element)
        return
    with to.linked(url):
        to.children(element)


def _area(to: Renderer, element: Element) -> None:
    if url := to.url(element.get("href")):
        with to.linked(url):
            to.text(element.get("alt") or element.get("title") or url)
        to.text(" ")


def _image(to: Renderer, element: Element) -> None:
    """Images that only hold space or count visits are not shown."""
    if any((element.get(side) or "").strip() in _NO_SIZE for side in ("width", "height")):
        return
    alt = " ".join((element.get("alt") or "").split())
    if url := to.url(element.get("src")):
        to.raw(f"![{escape.alternative(alt)}]({url})")
    else:
        to.text(alt)


def _frame(to: Renderer, element: Element) -> None:
    if url := to.url(element.get("src")):
        with to.linked(url):
            to.text(element.get("title") or element.get("name") or element.get("src"))
    to.children(element)


def _ruby_text(to: Renderer, element: Element) -> None:
    if text := text_of(element).strip():
        to.text(f"（{text}）")


def _quote(to: Renderer, element: Element) -> None:
    japanese = re.search("[\u3040-\u30ff]", text_of(element)) is not None
    to.text("「" if japanese else "“")
    to.children(element)
    to.text("」" if japanese else "”")


def _sized(to: Renderer, element: Element) -> None:
    size = font_size(element)
    if size <= 0:
        to.children(element)
        return
    with to.marked(Mark("size", size=size)):
        to.children(element)


def _control(to: Renderer, element: Element) -> None:
    """A part of a form stands apart from its neighbours."""
    to.text(" ")
    to.children(element)
    to.text(" ")


def _field(to: Renderer, element: Element) -> None:
    """A button says what it does; so does what a field holds when the page is opened."""
    kind = (element.get("type") or "text").strip().lower()
    shown = element.get("alt" if kind == "image" else "value") if kind in _SHOWN_FIELDS else ""
    to.text(f" {shown or ''} ")
    to.children(element)


def _group(to: Renderer, element: Element) -> None:
    to.text(f" {element.get('label') or ''} ")
    to.children(element)


def _text_area(to: Renderer, element: Element) -> None:
    """Its lines are lines."""
    for n, line in enumerate(text_of(element).strip("\n").split("\n")):
        if n:
            to.end_line()
        to.text(line or " ")
    to.text(" ")


def _formula(to: Renderer, element: Element) -> None:
    to.text(math.linear(element))


def _end_line(to: Renderer, element: Element) -> None:
    to.end_line()


def _nothing(to: Renderer, element: Element) -> None:
    """For readers whose browser knows no ruby."""


HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(_MARKS, _marked),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), coded),
    **dict.fromkeys(("font", "big"), _sized),
    **dict.fromkeys(_STANDING_APART, _control),
    "input": _field,
    "optgroup": _group,
    **dict.fromkeys(("img", "image"), _image),
    "br": _end_line,
    "a": _anchor_element,
    "area": _area,
    "rt": _ruby_text,
    "rp": _nothing,
    "q": _quote,
    "iframe": _frame,
    "textarea": _text_area,
    "math": _formula,
}
