"""What headings, code, quotations and elements that only stand apart do."""

from shikomi.corpus.html import code, escape
from shikomi.corpus.html.blocks import heading, joined
from shikomi.corpus.html.element import Element
from shikomi.corpus.html.inline_elements import coded
from shikomi.corpus.html.lists import LISTS, holds
from shikomi.corpus.html.renderer import Handler, Renderer
from shikomi.corpus.html.tree import HEADINGS, text_of

_APART = (
    "address", "article", "aside", "body", "caption", "center", "dd", "details", "dialog",
    "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "html", "layer",
    "legend", "li", "main", "marquee", "multicol", "nav", "p", "search", "section", "summary",
    "tbody", "td", "tfoot", "th", "thead", "tr",
)  # fmt: skip


def _set_apart(to: Renderer, element: Element) -> None:
    to.set_apart(element)


def _rule(to: Renderer, element: Element) -> None:
    to.add("rule", ["***"])


def _heading(to: Renderer, element: Element) -> None:
    if to.joint or holds(element, "table", "pre", *LISTS, "dl", *HEADINGS):
        to.set_apart(element)
        return
    to.flush()
    anchors = to.waiting_anchors()
    if text := to.one_line(element, " "):
        level = to.level(int(element.tag[1]))
        to.add_below("heading", heading(level, anchors + text).lines)
    else:
        to.keep_waiting(anchors)


def _pre(to: Renderer, element: Element) -> None:
    if to.joint:
        coded(to, element)
        return
    to.flush()
    links = []
    for each in element.iter():
        if isinstance(each.tag, str) and each is not element:
            to.anchor(each.get("id") or each.get("name"))
        if each.tag == "a" and (url := to.url(each.get("href"))):
            text = " ".join(text_of(each).split())
            links.append(f"[{escape.text(text, in_link=True)}]({url})" if text else "")
        if each.tag == "img" and (url := to.url(each.get("src"))):
            links.append(f"![{escape.alternative(each.get('alt') or '')}]({url})")
    to.add("code", code.fenced(code.text(element), code.language(element)))
    if any(links):
        to.add_below("text", [" ".join(filter(None, links))])


def _blockquote(to: Renderer, element: Element) -> None:
    if to.joint:
        to.set_apart(element)
        return
    to.flush()
    to.add("quote", [f"> {line}".rstrip() for line in joined(to.container(element))])


def _division(to: Renderer, element: Element) -> None:
    if code.is_written(element):
        _pre(to, element)
        return
    to.set_apart(element)


HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(_APART, _set_apart),
    **dict.fromkeys(HEADINGS, _heading),
    **dict.fromkeys(("pre", "xmp", "listing", "plaintext"), _pre),
    "hr": _rule,
    "blockquote": _blockquote,
    "div": _division,
}
