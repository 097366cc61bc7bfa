"""Which document a source file becomes, and what its links become."""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from urllib.parse import unquote

from shikomi.corpus.links import resolve

_MARKDOWN = (".md", ".markdown", ".mdx")
_TURNED = (*_MARKDOWN, ".html", ".htm", ".xhtml", ".txt")
_PAGE_LINK = re.compile(r"\.x?html?$", re.IGNORECASE)
Relink = Callable[[str, str], str]
"""(an address as its page has it, the page's `<base href>` or "") -> the address to write."""

_WRITTEN = (*_MARKDOWN, ".rst", ".adoc")
_PAGES = (".md", ".mdx", ".rst", ".html")
_INDEXES = ("index.html", "index.htm", "index.xhtml", "index.md", "index.mdx",
            "README.md")  # fmt: skip


class Documents(dict[str, str]):
    """Source paths and their documents' paths."""

    @cached_property
    def lowered(self) -> dict[str, str]:
        """The same by the source path in lower case, the first of those that meet."""
        return {source.lower(): document for source, document in reversed(self.items())}

    def ending(self, tail: str) -> str | None:
        """The document of the one source path that ends with the names of `tail`; None where
        there is none, or several."""
        return self._by_tail.get(tail)

    @cached_property
    def _by_tail(self) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        for source, document in self.items():
            names = source.split("/")
            for n in range(len(names)):
                tail = "/".join(names[n:])
                found[tail] = document if found.get(tail, document) == document else None
        return found


def document_paths(sources: Iterable[str]) -> Documents:
    """For each source path the path of its document: `a/b.html` becomes `a/b.md`.

    No two are equal, letter case apart: Markdown keeps its name, and the later of two others
    that meet keeps its old suffix inside (`b.txt.md`). Depends on the set alone, not its order.
    """
    ordered = sorted(set(sources), key=lambda path: (not path.lower().endswith(_MARKDOWN), path))
    taken: set[str] = set()
    found = Documents()
    for source in ordered:
        target, n = document_path(source), 1
        while target.lower() in taken:
            target = f"{source}.md" if n == 1 else f"{source}.{n}.md"
            n += 1
        taken.add(target.lower())
        found[source] = target
    return found


def image_paths(images: Iterable[str], documents: Iterable[str]) -> dict[str, str]:
    """For each image of the source its path beside the documents: its own, unless one is there
    whose name differs in letter case alone."""
    taken = {path.lower() for path in documents}
    found: dict[str, str] = {}
    for source in sorted(set(images)):
        stem, suffix = posixpath.splitext(source)
        target, n = source, 2
        while target.lower() in taken:
            target, n = f"{stem}.{n}{suffix}", n + 1
        taken.add(target.lower())
        found[source] = target
    return found


def document_path(source: str) -> str:
    """`source` with its suffix turned to `.md`; an unknown suffix stays before it."""
    stem, suffix = posixpath.splitext(source)
    return stem + ".md" if suffix.lower() in _TURNED else source + ".md"


def document_link(url: str, *, path: str, documents: Mapping[str, str] | None) -> str | None:
    """What a link on the source page at `path` becomes on its document; None: it stays.

    Relative, `#id` and letter case kept, and readable: not percent-encoded. A folder means its
    index page, and a name that differs only in letter case, or has no suffix or that of a built
    page, means the file that is there. A link
    from the root of a site of which the source is one folder means the file that its end names.
    """
    target, anchor = resolve(url, path)
    if not target or url.startswith("#"):
        return None
    if documents is None:
        file = unquote(url.partition("#")[0].partition("?")[0])
        if not _PAGE_LINK.search(file):
            return None
        return _with_anchor(_PAGE_LINK.sub(".md", file), anchor)
    document = find(target, documents)
    if document is None and url.lstrip().startswith("/"):
        document = _of_site(target, documents)
    return None if document is None else link_between(path, document, anchor, documents=documents)


def link_between(path: str, document: str, anchor: str, *, documents: Mapping[str, str]) -> str:
    """A link on the document of the source page at `path` to another document."""
    here = posixpath.dirname(documents.get(path, document_path(path)))
    return _with_anchor(posixpath.relpath(document, here or "."), anchor)


def find(target: str, documents: Mapping[str, str]) -> str | None:
    """The document of `target`, as `document_link` looks for it."""
    for path in _spellings(target):
        if found := documents.get(path):
            return found
    known = documents if isinstance(documents, Documents) else Documents(documents)
    return known.lowered.get(target.lower())


def _spellings(target: str) -> Iterator[str]:
    """The paths that a link may mean: itself, the index page of a folder, and, as generators of
    sites have it, a page without its suffix or with that of what it is turned to."""
    yield target
    folder = "" if target in (".", "./") else target.rstrip("/")
    for index in _INDEXES:
        yield posixpath.join(folder, index)
    if folder:
        yield from (folder + suffix for suffix in _PAGES)
        stem = _PAGE_LINK.sub("", folder)
        if stem != folder:
            yield from (stem + suffix for suffix in _WRITTEN)


def _of_site(target: str, documents: Mapping[str, str]) -> str | None:
    """The document whose path has the longest end of the site's path `target`, where no other
    has it. An index page's own name says nothing."""
    known = documents if isinstance(documents, Documents) else Documents(documents)
    names = target.split("/")
    for n in range(len(names)):
        ends = _spellings("/".join(names[n:])) if any(names[n:]) else ()
        found = (known.ending(end) for end in ends if end not in _INDEXES)
        if document := next(filter(None, found), None):
            return document
    return None


def _with_anchor(file: str, anchor: str) -> str:
    return f"{file}#{anchor}" if anchor else file
