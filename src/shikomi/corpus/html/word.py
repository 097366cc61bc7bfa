"""Pages that Word has saved: items of lists are paragraphs there that begin with their sign, and
the title is one of a style of its own."""

import re

from lxml import etree

from shikomi.corpus.html.element import Element

_LEVEL = re.compile(r"mso-list\s*:[^;]*\blevel(\d)", re.IGNORECASE)
_LEFT = re.compile(r"margin-left\s*:\s*([\d.]+)", re.IGNORECASE)
_SIGN = re.compile(r"mso-list\s*:\s*ignore|font\s*:\s*7(?:\.0)?pt", re.IGNORECASE)
_SYMBOLS = re.compile("wingdings|symbol|courier", re.IGNORECASE)
_NUMBER = re.compile(r"(\d{1,8})[.)．）]")
_MAX_SIGN_CHARS = 12
_TEXT = etree.XPath("string()")
_EDGES = " \t\n\r\f\u00a0"


def mend(root: Element) -> None:
    """Changes the tree: such items become those of lists, and the title a heading."""
    open_: list[tuple[float, Element]] = []  # (level, list), outermost first
    for each in list(root.iter("p")):
        if each.get("class") == "MsoTitle":
            each.tag = "h1"
        elif (sign := _sign(each)) is not None:
            open_ = open_ if open_ and _follows(each, open_[0][1]) else []
            _place(each, _as_item(each, sign), open_)


def _sign(paragraph: Element) -> Element | None:
    """The element that holds a paragraph's sign and nothing else; None: it is no item."""
    named = (paragraph.get("class") or "").startswith("MsoList")
    listed = named or "mso-list" in (paragraph.get("style") or "")
    if not listed or (paragraph.text or "").strip(_EDGES):
        return None
    for child in paragraph:
        text = _TEXT(child).strip(_EDGES) if isinstance(child.tag, str) else ""
        if text:
            styles = (each.get("style") or "" for each in child.iter("span"))
            is_sign = len(text) <= _MAX_SIGN_CHARS and any(map(_SIGN.search, styles))
            return child if is_sign else None
        if (child.tail or "").strip(_EDGES):
            return None
    return None


def _follows(paragraph: Element, before: Element) -> bool:
    """Whether nothing stands between the list and the paragraph."""
    each = paragraph.getprevious()
    while each is not None and not (each.tail or "").strip():
        if each is before:
            return True
        if isinstance(each.tag, str):
            return False
        each = each.getprevious()
    return False


def _as_item(paragraph: Element, sign: Element) -> str:
    """Makes the paragraph an item. Returns its list's tag; a sign that no list has stays."""
    text = _TEXT(sign).strip(_EDGES)
    number = _NUMBER.fullmatch(text)
    styles = " ".join(each.get("style") or "" for each in sign.iter())
    is_bullet = len(text) == 1 and (not text.isalnum() or _SYMBOLS.search(styles))
    paragraph.tag = "li"
    if number:
        paragraph.set("value", str(int(number[1])))
    rest = sign.tail or ""
    paragraph.remove(sign)
    own = "" if number or is_bullet else f"{text} "
    paragraph.text = own + (paragraph.text or "") + rest
    return "ol" if number else "ul"


def _place(item: Element, kind: str, open_: list[tuple[float, Element]]) -> None:
    level = _level(item)
    while open_ and open_[-1][0] > level:
        del open_[-1]
    if open_ and open_[-1][0] == level and open_[-1][1].tag != kind:
        del open_[-1]
    if not open_ or open_[-1][0] < level:
        new = item.makeelement(kind)
        if open_:
            open_[-1][1][-1].append(new)
        else:
            item.addprevious(new)
        open_.append((level, new))
    tail, item.tail = item.tail, None
    open_[-1][1].append(item)
    open_[0][1].tail = tail if open_[0][1].tail is None else open_[0][1].tail


def _level(item: Element) -> float:
    """How deep it lies: as it says, or by its margin, which counts in points."""
    style = item.get("style") or ""
    if said := _LEVEL.search(style):
        return float(said[1])
    left = _LEFT.search(style)
    return float(left[1]) if left and left[1].count(".") < 2 and left[1] != "." else 0.0
