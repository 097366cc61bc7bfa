"""A page's tree to blocks of Markdown: every element's text comes out once, in its order."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from shikomi.corpus.html import code, escape, inline, math, tables
from shikomi.corpus.html.blocks import (
    Block,
    heading,
    indented,
    joined,
    spaced,
    with_anchor,
)
from shikomi.corpus.html.element import Element
from shikomi.corpus.html.inline import Mark, Piece
from shikomi.corpus.html.lists import LISTS, holds, is_list, own_number, start
from shikomi.corpus.html.tree import HEADINGS, SKIPPED, Tree, font_size, text_of
from shikomi.corpus.links import destination

Link = Callable[[str], str]

_MARKS = {
    "b": "strong", "strong": "strong",
    "i": "em", "em": "em", "cite": "em", "dfn": "em", "var": "em",
    "del": "del", "s": "del", "strike": "del",
    "sup": "sup", "sub": "sub",
}  # fmt: skip
_BLOCKS = frozenset({
    "address", "article", "aside", "body", "caption", "center", "dd", "details", "dialog", "div",
    "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "html", "legend",
    "li", "main", "marquee", "nav", "p", "search", "section", "summary", "tbody", "td", "tfoot",
    "th", "thead", "tr",
})  # fmt: skip
_CODE = frozenset({"code", "kbd", "samp", "tt"})
_PRE = frozenset({"pre", "xmp", "listing", "plaintext"})
_NOT_SHOWN = ("javascript:", "vbscript:", "data:", "file:")  # renderers refuse them as links
_SENTENCE_END = "。．、，.,;:：；"
_NO_SIZE = frozenset({"0", "1", "2", "0px", "1px", "2px"})
_BOLD = Mark("strong")
_MAX_DEPTH = 90  # of nested blocks; what is deeper comes as plain text
_PSEUDO_MAX_CHARACTERS = 60


class Renderer:
    """One page. `link` turns an address into the one to write; anchors in `targets` are kept."""

    def __init__(self, tree: Tree, *, link: Link, targets: frozenset[str]) -> None:
        self._tree = tree
        self._link = link
        self._targets = set(targets | tree.targets)
        self._blocks: list[Block] = []
        self._run: list[Piece] = []
        self._marks: tuple[Mark, ...] = ()
        self._joint = ""  # in one-line content: what stands for a block's edge there
        self._in_code = False
        self._depth = 0
        self._serial = 0
        self._n_h1 = 0
        self._in_list = 0
        self._handlers: dict[str, Callable[[Element], None]] = {
            "br": lambda _: self._break(),
            "hr": lambda _: self._add("rule", ["***"]),
            "img": self._image,
            "a": self._anchor_element,
            "area": self._area,
            "ruby": self._children,
            "rt": self._ruby_text,
            "rp": lambda _: None,
            "q": self._quote,
            "font": self._sized,
            "big": self._sized,
            "dl": self._definitions,
            "table": self._table,
            "blockquote": self._blockquote,
            "iframe": self._frame,
            "option": self._control,
            "button": self._control,
            "label": self._control,
            "select": self._control,
            "input": self._control,
            "textarea": self._text_area,
            "image": self._image,
            "div": self._division,
            "math": self._formula,
        }

    def blocks(self) -> list[Block]:
        """The page."""
        return self._container(self._tree.body)

    # text and marks

    def _text(self, text: str | None) -> None:
        if text:
            self._run.append(Piece("code" if self._in_code else "text", text, self._marks))

    def _raw(self, markdown: str) -> None:
        self._run.append(Piece("raw", markdown, self._marks))

    def _break(self) -> None:
        self._run.append(Piece("break", "", self._marks))

    @contextmanager
    def _marked(self, mark: Mark) -> Iterator[None]:
        before = self._marks
        if mark.kind == "link":  # a link in a link ends the outer one, as in a browser
            self._marks = (*(m for m in before if m.kind != "link"), mark)
        elif mark.kind not in {m.kind for m in before}:
            self._marks = (*before, mark)
        yield
        self._marks = before

    # the walk

    def _children(self, element: Element) -> None:
        self._text(element.text)
        for child in element:
            if isinstance(child.tag, str) and child.tag not in SKIPPED:
                self._node(child)
            self._text(child.tail)

    def _node(self, element: Element) -> None:
        if self._depth >= _MAX_DEPTH:
            self._text(text_of(element))
            return
        self._depth += 1
        if element.tag != "a":
            self._anchor(element.get("id"))
        self._element(element)
        self._depth -= 1

    def _element(self, element: Element) -> None:
        tag = element.tag
        if handler := self._handlers.get(tag):
            handler(element)
        elif tag in _MARKS:
            with self._marked(Mark(_MARKS[tag])):  # type: ignore[arg-type]
                self._children(element)
        elif tag in _CODE:
            self._code(element)
        elif tag in HEADINGS:
            self._heading(element)
        elif tag in _PRE:
            self._pre(element)
        elif tag in LISTS:
            self._list(element)
        elif tag in _BLOCKS:
            self._set_apart(element)
        else:
            self._children(element)

    def _anchor(self, name: str | None) -> None:
        """Kept where a link goes to it, once."""
        if name and name in self._targets:
            self._targets.discard(name)
            self._raw(f'<a id="{escape.attribute(name)}"></a>')

    # inline elements

    def _anchor_element(self, element: Element) -> None:
        for name in (element.get("id"), element.get("name")):
            self._anchor(name)
        url = self._url(element.get("href"))
        if not url:
            self._children(element)
            return
        self._serial += 1
        with self._marked(Mark("link", url, self._serial)):
            self._children(element)

    def _area(self, element: Element) -> None:
        if url := self._url(element.get("href")):
            self._serial += 1
            with self._marked(Mark("link", url, self._serial)):
                self._text(element.get("alt") or element.get("title") or url)
            self._text(" ")

    def _url(self, value: str | None) -> str:
        """As a link destination; "" where a renderer would not take it."""
        url = "".join((value or "").split("\n")).strip()
        if not url or url.lower().startswith(_NOT_SHOWN):
            return ""
        return destination(self._link(url))

    def _image(self, element: Element) -> None:
        """Images that only hold space or count visits are not shown."""
        if any((element.get(side) or "").strip() in _NO_SIZE for side in ("width", "height")):
            return
        alt = " ".join((element.get("alt") or "").split())
        if url := self._url(element.get("src")):
            self._raw(f"![{escape.alternative(alt)}]({url})")
        else:
            self._text(alt)

    def _ruby_text(self, element: Element) -> None:
        if text := text_of(element).strip():
            self._text(f"（{text}）")

    def _quote(self, element: Element) -> None:
        japanese = re.search("[\u3040-\u30ff]", text_of(element)) is not None
        self._text("「" if japanese else "“")
        self._children(element)
        self._text("」" if japanese else "”")

    def _sized(self, element: Element) -> None:
        size = font_size(element)
        if size <= 0:
            self._children(element)
            return
        with self._marked(Mark("size", size=size)):
            self._children(element)

    def _code(self, element: Element) -> None:
        before, self._in_code = self._in_code, True
        self._children(element)
        self._in_code = before

    def _control(self, element: Element) -> None:
        """A part of a form stands apart from its neighbours."""
        self._text(" ")
        self._children(element)
        self._text(" ")

    def _text_area(self, element: Element) -> None:
        """Its lines are lines."""
        for n, line in enumerate(text_of(element).strip("\n").split("\n")):
            if n:
                self._break()
            self._text(line or " ")
        self._text(" ")

    def _formula(self, element: Element) -> None:
        self._text(math.linear(element))

    def _frame(self, element: Element) -> None:
        if url := self._url(element.get("src")):
            self._serial += 1
            with self._marked(Mark("link", url, self._serial)):
                self._text(element.get("title") or element.get("name") or element.get("src"))
        self._children(element)

    # blocks

    def _flush(self) -> None:
        """The run so far becomes paragraphs; anchors with no text wait for what follows."""
        if self._joint:
            if self._run:
                self._break()
            return
        if inline.is_blank(self._run):
            self._run = [p for p in self._run if p.kind == "raw"]
            return
        run, self._run = self._run, []
        for pieces in inline.paragraphs(run):
            self._paragraph(pieces)

    def _paragraph(self, pieces: Sequence[Piece]) -> None:
        """Its first line may be a heading in all but its tags, and code over several lines a
        block in all but its."""
        first, rest = inline.first_line(pieces) if self._tree.font_sizes else (pieces, ())
        if level := self._pseudo_level(first, rest):
            plain = [p._replace(marks=tuple(m for m in p.marks if m != _BOLD)) for p in first]
            self._blocks.append(heading(level, inline.one_line(plain, joint=" ")))
            pieces = rest
        if lines := inline.code_lines(pieces):
            self._blocks.append(Block("code", code.fenced("\n".join(lines))))
        elif pieces:
            self._blocks.append(Block("text", inline.lines(pieces)))

    def _set_apart(self, element: Element) -> None:
        """An element whose content is not of one paragraph with what is around it."""
        self._flush()
        self._children(element)
        self._flush()

    def _add(self, kind: str, lines: list[str]) -> None:
        """A block that is no paragraph. In one line of content its own lines are text."""
        if self._joint:
            self._raw(" ".join(lines))
            self._break()
            return
        self._flush()
        self._settle_anchors()
        if lines:
            self._blocks.append(Block(kind, lines))

    def _settle_anchors(self) -> None:
        if self._run:
            self._blocks.append(Block("text", ["".join(piece.text for piece in self._run)]))
            self._run = []

    def _container(self, element: Element) -> list[Block]:
        """The blocks of an element's content on their own."""
        outer, self._blocks = self._blocks, []
        joint, self._joint = self._joint, ""
        run, self._run = self._run, []
        self._children(element)
        self._flush()
        self._settle_anchors()
        found, self._blocks = self._blocks, outer
        self._joint, self._run = joint, run
        return found

    def _one_line(self, element: Element, joint: str, *marks: Mark) -> str:
        """An element's content in one line, `joint` at the edges of its blocks."""
        run, self._run = self._run, []
        before, self._joint = self._joint, joint
        outer, self._marks = self._marks, (*self._marks, *marks)
        self._children(element)
        line = inline.one_line(self._run, joint=joint)
        anchors = "" if line else "".join(p.text for p in self._run if p.kind == "raw")
        self._run, self._joint, self._marks = run, before, outer
        return line or anchors

    def _heading(self, element: Element) -> None:
        if self._joint or holds(element, "table", "pre", *LISTS, "dl", *HEADINGS):
            self._set_apart(element)
            return
        self._flush()
        anchors = "".join(piece.text for piece in self._run)
        self._run = []
        text = self._one_line(element, " ")
        if not text:
            self._run = [Piece("raw", anchors, ())] if anchors else []
            return
        self._blocks.append(heading(self._level(int(element.tag[1])), anchors + text))

    def _level(self, level: int) -> int:
        """A page has one first-level heading: where it has more, all after it go one down."""
        if self._tree.n_h1 < 2:
            return level
        shift = 1 if self._n_h1 else 0
        self._n_h1 += level == 1
        return min(level + shift, 6)

    def _pseudo_level(self, pieces: Sequence[Piece], rest: Sequence[Piece]) -> int:
        """The level of a line that is a heading in all but its tags: a short one, all of it in
        large type, and bold unless the type is very large. 0: it is none, as where `rest`, what
        follows in its paragraph, is as large."""
        seen = [p for p in pieces if p.kind in ("text", "code") and p.text.strip()]
        if not self._tree.font_sizes or not seen or self._in_list:
            return 0
        sizes = set(map(_size, seen))
        bold = all(_BOLD in p.marks for p in seen)
        text = inline.visible(seen).strip()
        if len(sizes) != 1 or not text or text[-1] in _SENTENCE_END:
            return 0
        (size,) = sizes
        if size < (1 if bold else 2) or len(text) > _PSEUDO_MAX_CHARACTERS:
            return 0
        if any(_size(piece) >= size for piece in rest if piece.text.strip()):
            return 0
        rank = self._tree.font_sizes.index(size)
        return min(rank + (2 if self._tree.n_h1 else 1), 6)

    def _pre(self, element: Element) -> None:
        if self._joint:
            self._code(element)
            return
        self._flush()
        links = []
        for each in element.iter():
            if isinstance(each.tag, str) and each is not element:
                self._anchor(each.get("id") or each.get("name"))
            if each.tag == "a" and (url := self._url(each.get("href"))):
                text = " ".join(text_of(each).split())
                links.append(f"[{escape.text(text, in_link=True)}]({url})" if text else "")
            if each.tag == "img" and (url := self._url(each.get("src"))):
                links.append(f"![{escape.alternative(each.get('alt') or '')}]({url})")
        self._add("code", code.fenced(code.text(element), code.language(element)))
        if any(links):
            self._blocks.append(Block("text", [" ".join(filter(None, links))]))

    def _blockquote(self, element: Element) -> None:
        if self._joint:
            self._set_apart(element)
            return
        self._flush()
        self._add("quote", [f"> {line}".rstrip() for line in joined(self._container(element))])

    def _division(self, element: Element) -> None:
        if code.is_written(element):
            self._pre(element)
            return
        self._set_apart(element)

    def _list(self, element: Element) -> None:
        if self._joint or not is_list(element):
            self._set_apart(element)
            return
        self._flush()
        self._settle_anchors()
        self._in_list += 1
        number = start(element) if element.tag == "ol" else None
        items: list[list[str]] = []
        self._text_beside(element, items)
        for child in element:
            if isinstance(child.tag, str) and child.tag not in SKIPPED:
                if child.tag == "li":
                    number = own_number(child, number)
                marker = "-" if number is None else f"{number}."
                if lines := joined(self._item(child)):
                    items.append(indented(lines, f"{marker} " if child.tag == "li" else "  "))
                    number = None if number is None else number + (child.tag == "li")
            if child.tail and child.tail.strip():
                items.append(indented(escape.text(child.tail.strip()).split("\n"), "  "))
        self._in_list -= 1
        if items:
            self._blocks.append(Block("list", spaced(items)))

    def _text_beside(self, element: Element, items: list[list[str]]) -> None:
        """Text that stands in a list but in none of its items."""
        if element.text and element.text.strip():
            items.append([escape.line(escape.text(" ".join(element.text.split()))), ""])

    def _item(self, element: Element) -> list[Block]:
        """The blocks of a list's child, its own anchor in them."""
        outer, self._run = self._run, []
        if element.tag == "li":
            self._anchor(element.get("id"))
            anchors, self._run = self._run, outer
            found = self._container(element)
            return with_anchor("".join(p.text for p in anchors), found)
        blocks, self._blocks = self._blocks, []
        self._node(element)
        self._flush()
        self._settle_anchors()
        found, self._blocks = self._blocks, blocks
        self._run = outer
        return found

    def _definitions(self, element: Element) -> None:
        if self._joint or not is_list(element):
            self._set_apart(element)
            return
        self._flush()
        self._settle_anchors()
        self._in_list += 1
        lines: list[str] = []
        space = ""  # what stands before the first term is in no item
        for kind, blocks in self._entries(element):
            body = joined(blocks)
            if kind == "dt" and body:
                lines += ["", *indented(body, "- ")]
                space = "  "
            elif body:
                lines += ["", *(f"{space}{line}".rstrip() for line in body)]
        self._in_list -= 1
        if lines:
            self._blocks.append(Block("list", lines[1:]))

    def _entries(self, element: Element) -> Iterator[tuple[str, list[Block]]]:
        """("dt" or "dd", its blocks); what stands in the list outside both is a "dd"."""
        if element.text and element.text.strip():
            yield "dd", [Block("text", [escape.text(" ".join(element.text.split()))])]
        for child in element:
            if isinstance(child.tag, str) and child.tag not in SKIPPED:
                if child.tag == "dt":
                    yield "dt", self._term(child)
                elif child.tag != "dd" and holds(child, "dt", "dd"):
                    yield from self._entries(child)
                else:
                    yield "dd", self._item(child)
            if child.tail and child.tail.strip():
                yield "dd", [Block("text", [escape.text(" ".join(child.tail.split()))])]

    def _term(self, element: Element) -> list[Block]:
        if holds(element, "p", "div", "table", "pre", "dl", *LISTS, *HEADINGS):
            return self._item(element)
        outer, self._run = self._run, []
        self._anchor(element.get("id"))
        anchors = "".join(p.text for p in self._run)
        self._run = outer
        text = self._one_line(element, " ", Mark("strong"))
        return [Block("text", [anchors + text])] if anchors + text else []

    def _table(self, element: Element) -> None:
        grid = tables.rows(element)
        self._flush()
        if self._joint or not grid:
            self._children(element)
            self._flush()
            return
        for caption in element.findall("caption"):
            self._children(caption)
            self._flush()
        for part in tables.parts(grid):
            if tables.is_layout(element, part):
                self._cells_in_turn(part)
            elif tables.is_complex(part):
                self._labelled_rows(part)
            else:
                self._add("table", self._pipe_table(element, part))

    def _cells_in_turn(self, grid: list[list[Element]]) -> None:
        for row in grid:
            for cell in row:
                self._anchor(cell.get("id"))
                self._children(cell)
                self._flush()

    def _labelled_rows(self, grid: list[list[Element]]) -> None:
        """Rows whose cells hold blocks: each an item, its first cell the label if it is short."""
        self._settle_anchors()
        lines: list[str] = []
        for row in grid:
            cells = [found for cell in row if (found := self._item_of_cell(cell))]
            if not cells:
                continue
            labelled = len(cells) > 1 and cells[0][0].kind == "text" and len(cells[0]) == 1
            for i, blocks in enumerate(cells):
                first = "- " if labelled and i == 0 else "  " if labelled else ""
                lines += ["", *indented(joined(blocks), first)]
        if lines:
            self._blocks.append(Block("list", lines[1:]))

    def _item_of_cell(self, cell: Element) -> list[Block]:
        self._anchor(cell.get("id"))
        anchors, self._run = "".join(p.text for p in self._run), []
        return with_anchor(anchors, self._container(cell))

    def _pipe_table(self, element: Element, grid: list[list[Element]]) -> list[str]:
        texts: dict[Element, str] = {}
        for row in grid:
            for cell in row:
                run, self._run = self._run, []
                self._anchor(cell.get("id"))
                anchors = "".join(p.text for p in self._run)
                self._run = run
                texts[cell] = escape.cell(anchors + self._one_line(cell, "<br>"))
        lines = [
            ["" if cell is None else texts[cell] for cell in line] for line in tables.places(grid)
        ]
        width = max(map(len, lines))
        lines = [line + [""] * (width - len(line)) for line in lines]
        if not tables.has_header(element, grid):
            lines.insert(0, [""] * width)
        shown = [f"| {' | '.join(line)} |" for line in lines if any(line) or line is lines[0]]
        return [shown[0], f"|{' --- |' * width}", *shown[1:]] if any(map(any, lines)) else []


def _size(piece: Piece) -> int:
    return max((mark.size for mark in piece.marks if mark.kind == "size"), default=0)
