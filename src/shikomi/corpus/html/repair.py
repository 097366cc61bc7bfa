"""What a browser's parser does to malformed pages and lxml's does not (HTML Standard, 13.2.6)."""

import re

from shikomi.corpus.html.element import Element

_END_BREAK = re.compile(r"</br\s*/?>", re.IGNORECASE)
_HEADING_TAG = re.compile(r"<(/?)[hH]([1-6])(?:\s[^<>]*)?>")
_PARAGRAPH_IN_HEADING = re.compile(r"(<[hH][1-6]\b[^<>]*>\s*)<[pP]\b[^<>]*>")
_CLOSED_BY = {
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "rb": frozenset({"rb", "rt", "rp"}),
    "rt": frozenset({"rb", "rt", "rp"}),
    "rp": frozenset({"rb", "rt", "rp"}),
}
_ROW_GROUPS = frozenset({"thead", "tbody", "tfoot", "tr"})
_TABLE_PARTS = frozenset({
    "caption", "col", "colgroup", "form", "input", "script", "style", "table", "tbody", "td",
    "template", "tfoot", "th", "thead", "tr",
})  # fmt: skip


def markup(text: str) -> str:
    """The page's text with the end tags that would swallow what follows put right."""
    if "</br" in text or "</BR" in text:
        text = _END_BREAK.sub("<br>", text)
    return _headings_closed(_PARAGRAPH_IN_HEADING.sub(r"\1", text))


def _headings_closed(text: str) -> str:
    """`<h1>..</h2>` ends its heading, and so does the heading that follows one left open."""
    parts: list[str] = []
    at, open_ = 0, ""
    for match in _HEADING_TAG.finditer(text):
        end, level = match[1], match[2]
        if open_ and not (end and level == open_):
            parts += [text[at : match.start()], f"</h{open_}>"]
            at = match.end() if end else match.start()
        open_ = "" if end else level
    return "".join([*parts, text[at:]]) if parts else text


def tree(root: Element) -> None:
    """Changes the tree: what one of its kind would have closed stands beside it, and content
    that is in a table but in none of its cells before the table."""
    for table in list(root.iter("table")):
        _emptied(table, table)
    for each in reversed(list(root.iter(*_CLOSED_BY))):  # so that siblings keep their order
        closed = _CLOSED_BY[each.tag]
        while (parent := each.getparent()) is not None and parent.tag in closed:
            parent.addnext(each)


def _emptied(table: Element, element: Element) -> None:
    """Content between rows and cells goes before the table."""
    if _is_text(element.text):
        _text_before(table, element.text)
        element.text = None
    for child in list(element):
        if child.tag in _ROW_GROUPS and child.tag != element.tag:
            _emptied(table, child)
        if isinstance(child.tag, str) and child.tag not in _TABLE_PARTS and not _has_cells(child):
            table.addprevious(child)
        elif _is_text(child.tail):
            _text_before(table, child.tail)
            child.tail = None


def _is_text(value: str | None) -> bool:
    return bool(value) and not str(value).isspace()


def _has_cells(element: Element) -> bool:
    return next(element.iter("tr", "td", "th"), None) is not None


def _text_before(table: Element, text: str) -> None:
    before, parent = table.getprevious(), table.getparent()
    if before is not None:
        before.tail = (before.tail or "") + text
    elif parent is not None:
        parent.text = (parent.text or "") + text
