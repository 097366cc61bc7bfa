"""Tables of contents in HTML or XML: HTML Help, EPUB, Qt Help, DevHelp, Eclipse."""

from html.parser import HTMLParser

from shikomi.corpus.contents_rows import Contents, Entry

_LISTS = ("ul", "ol")
_SECTIONS = ("section", "sub", "topic", "chapter")
_MAX_DEPTH = 30


def read_markup(text: str, *, path: str) -> tuple[Contents, ...]:
    """.hhc (Microsoft HTML Help 1.4: `<object type="text/sitemap">` in lists), EPUB's toc.ncx and
    nav.xhtml, .qhp and .devhelp (elements with a title and an address, nested)."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    entries = tuple(entry for entry in reader.entries if entry.title or entry.url)
    return (Contents(path, entries, (path,)),) if entries else ()


class _Reader(HTMLParser):
    """Reads on whatever is open or unclosed: the depth is that of the lists, points or sections
    that are open."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.entries: list[Entry] = []
        self._depth = -1
        self._title: list[str] = []
        self._fields: dict[str, str] | None = None  # of an open <object>
        self._text_of = ""  # the tag whose text is a title

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        if tag in _LISTS or tag == "navpoint":
            self._depth += 1
        if tag == "navpoint":
            self._add("", "")
        elif tag in _SECTIONS:
            self._depth += 1
            self._add(
                _first(values, "title", "name", "label"), _first(values, "ref", "link", "href")
            )
        elif tag == "object":
            self._fields = {} if "sitemap" in values.get("type", "").lower() else None
        elif tag == "param" and self._fields is not None:
            self._fields.setdefault(values.get("name", "").lower(), values.get("value", ""))
        elif tag == "content" and self.entries:
            self.entries[-1] = self.entries[-1]._replace(url=values.get("src", ""))
        elif tag in ("a", "text", "span"):
            self._open_text(tag, values)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _LISTS or tag in _SECTIONS or tag == "navpoint":
            self._depth = max(-1, self._depth - 1)
        elif tag == "object" and self._fields is not None:
            self._add(self._fields.get("name", ""), self._fields.get("local", ""))
            self._fields = None
        elif tag == self._text_of:
            self._close_text()

    def handle_data(self, data: str) -> None:
        if self._text_of:
            self._title.append(data)

    def _open_text(self, tag: str, values: dict[str, str]) -> None:
        if self._depth < 0 or self._text_of:
            return
        if tag != "text":
            self._add("", values.get("href", ""))
        self._text_of, self._title = tag, []

    def _close_text(self) -> None:
        title = " ".join("".join(self._title).split())
        self._text_of = ""
        if self.entries:
            self.entries[-1] = self.entries[-1]._replace(title=title)

    def _add(self, title: str, url: str) -> None:
        depth = min(max(self._depth, 0), _MAX_DEPTH)
        self.entries.append(Entry(depth, " ".join(title.split()), url.strip()))


def _first(values: dict[str, str], *keys: str) -> str:
    return next((values[key] for key in keys if values.get(key)), "")
