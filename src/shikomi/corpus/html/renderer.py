"""A page's tree to blocks of Markdown: every element's text comes out once, in its order.

What each kind of element does is in `elements`: functions of the renderer and the element, which
write text into the run of the paragraph under way, or end it and add blocks.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from shikomi.corpus.html import code, escape, headings, inline
from shikomi.corpus.html.blocks import Block, heading
from shikomi.corpus.html.element import Element
from shikomi.corpus.html.marks import Mark, Piece, is_blank
from shikomi.corpus.html.paragraphs import paragraphs
from shikomi.corpus.html.tree import SKIPPED, Tree, text_of
from shikomi.corpus.links import destination

Link = Callable[[str], str]
Handler: TypeAlias = "Callable[[Renderer, Element], None]"

_NOT_SHOWN = ("javascript:", "vbscript:", "data:", "file:")  # renderers refuse them as links
_MAX_DEPTH = 90  # of nested blocks; what is deeper comes as plain text


class Renderer:
    """One page. `link` turns an address into the one to write; anchors in `targets` are kept;
    `handlers` are by tag, an element of another is its content.

    `joint` is not "" where content is to be of one line: it stands for a block's edge there.
    """

    def __init__(
        self,
        tree: Tree,
        *,
        link: Link,
        targets: frozenset[str],
        handlers: Mapping[str, Handler],
    ) -> None:
        self.tree = tree
        self.joint = ""
        self._link = link
        self._targets = set(targets | tree.targets)
        self._handlers = handlers
        self._blocks: list[Block] = []
        self._run: list[Piece] = []
        self._marks: tuple[Mark, ...] = ()
        self._in_code = False
        self._in_list = 0
        self._depth = 0
        self._serial = 0
        self._n_h1 = 0

    def page(self) -> list[Block]:
        return self.container(self.tree.body)

    # text and marks

    def text(self, text: str | None) -> None:
        if text:
            self._run.append(Piece("code" if self._in_code else "text", text, self._marks))

    def raw(self, markdown: str) -> None:
        self._run.append(Piece("raw", markdown, self._marks))

    def end_line(self) -> None:
        self._run.append(Piece("break", "", self._marks))

    @contextmanager
    def marked(self, mark: Mark) -> Iterator[None]:
        before = self._marks
        if mark.kind == "link":  # a link in a link ends the outer one, as in a browser
            self._marks = (*(m for m in before if m.kind != "link"), mark)
        elif mark.kind not in {m.kind for m in before}:
            self._marks = (*before, mark)
        yield
        self._marks = before

    @contextmanager
    def linked(self, url: str) -> Iterator[None]:
        """`url` is a destination, as `url` returns it."""
        self._serial += 1
        with self.marked(Mark("link", url, self._serial)):
            yield

    @contextmanager
    def as_code(self) -> Iterator[None]:
        before, self._in_code = self._in_code, True
        yield
        self._in_code = before

    @contextmanager
    def in_list(self) -> Iterator[None]:
        """No line within looks like a heading."""
        self._in_list += 1
        yield
        self._in_list -= 1

    # the walk

    def children(self, element: Element) -> None:
        self.text(element.text)
        for child in element:
            if isinstance(child.tag, str) and child.tag not in SKIPPED:
                self._node(child)
            self.text(child.tail)

    def _node(self, element: Element) -> None:
        if self._depth >= _MAX_DEPTH:
            self.text(text_of(element))
            return
        self._depth += 1
        if element.tag != "a":
            self.anchor(element.get("id"))
        handler = self._handlers.get(element.tag)
        if handler is None:
            self.children(element)
        else:
            handler(self, element)
        self._depth -= 1

    # anchors and addresses

    def anchor(self, name: str | None) -> None:
        if text := self.anchor_text(name):
            self.raw(text)

    def anchor_text(self, name: str | None) -> str:
        """An anchor's Markdown, where a link goes to it, once; else ""."""
        if not name or name not in self._targets:
            return ""
        self._targets.discard(name)
        return f'<a id="{escape.attribute(name)}"></a>'

    def url(self, value: str | None) -> str:
        """As a link destination; "" where a renderer would not take it."""
        url = "".join((value or "").split("\n")).strip()
        if not url or url.lower().startswith(_NOT_SHOWN):
            return ""
        return destination(self._link(url))

    # blocks

    def flush(self) -> None:
        """The run so far becomes paragraphs; anchors with no text wait for what follows."""
        if self.joint:
            if self._run:
                self.end_line()
            return
        if is_blank(self._run):
            self._run = [p for p in self._run if p.kind == "raw"]
            return
        run, self._run = self._run, []
        for pieces in paragraphs(run):
            self._paragraph(pieces)

    def _paragraph(self, pieces: Sequence[Piece]) -> None:
        """Its first line may be a heading in all but its tags, and code over several lines a
        block in all but its."""
        first, rest = inline.first_line(pieces) if self.tree.font_sizes else (pieces, ())
        if level := 0 if self._in_list else headings.pseudo_level(self.tree, first, rest):
            self._blocks.append(heading(level, inline.one_line(headings.plain(first), joint=" ")))
            pieces = rest
        if lines := inline.code_lines(pieces):
            self._blocks.append(Block("code", code.fenced("\n".join(lines))))
        elif pieces:
            self._blocks.append(Block("text", inline.lines(pieces)))

    def set_apart(self, element: Element) -> None:
        """An element whose content is not of one paragraph with what is around it."""
        self.flush()
        self.children(element)
        self.flush()

    def add(self, kind: str, lines: list[str]) -> None:
        """A block that is no paragraph. In one line of content its own lines are text."""
        if self.joint:
            self.raw(" ".join(lines))
            self.end_line()
            return
        self.flush()
        self.settle_anchors()
        self.add_below(kind, lines)

    def add_below(self, kind: str, lines: list[str]) -> None:
        """A block of which what came before is settled already; nothing where it has no line."""
        if lines:
            self._blocks.append(Block(kind, lines))

    def settle_anchors(self) -> None:
        """Those that wait become a block of their own."""
        if self._run:
            self._blocks.append(Block("text", [self.waiting_anchors()]))

    def waiting_anchors(self) -> str:
        """Those that wait, which then wait no more."""
        run, self._run = self._run, []
        return "".join(piece.text for piece in run)

    def keep_waiting(self, anchors: str) -> None:
        self._run = [Piece("raw", anchors, ())] if anchors else []

    def level(self, level: int) -> int:
        """A page has one first-level heading: where it has more, all after it go one down."""
        if self.tree.n_h1 < 2:
            return level
        shift = 1 if self._n_h1 else 0
        self._n_h1 += level == 1
        return min(level + shift, 6)

    # content on its own

    def container(self, element: Element) -> list[Block]:
        """The blocks of an element's content."""
        return self._apart(self.children, element)

    def on_its_own(self, element: Element) -> list[Block]:
        """The blocks of an element with what it is itself."""
        return self._apart(self._node, element)

    def _apart(self, walk: Callable[[Element], None], element: Element) -> list[Block]:
        outer, self._blocks = self._blocks, []
        before, self.joint = self.joint, ""
        run, self._run = self._run, []
        walk(element)
        self.flush()
        self.settle_anchors()
        found, self._blocks = self._blocks, outer
        self.joint, self._run = before, run
        return found

    def one_line(self, element: Element, joint: str, *marks: Mark) -> str:
        """An element's content in one line, `joint` at the edges of its blocks."""
        run, self._run = self._run, []
        before, self.joint = self.joint, joint
        outer, self._marks = self._marks, (*self._marks, *marks)
        self.children(element)
        line = inline.one_line(self._run, joint=joint)
        anchors = "" if line else "".join(p.text for p in self._run if p.kind == "raw")
        self._run, self.joint, self._marks = run, before, outer
        return line or anchors
