"""Tables of contents that a site or folder brings with it, of every common kind, as flat rows."""

import re

from shikomi.corpus.contents_markup import read_markup
from shikomi.corpus.contents_rows import Contents
from shikomi.corpus.contents_text import read_summary, read_toctrees
from shikomi.corpus.contents_yaml import read_yaml
from shikomi.errors import SourceError

MAX_CHARS = 4 << 20
_MARKUP = re.compile(r"\.(?:hhc|ncx|qhp|devhelp2?)$|(?:^|/)(?:nav\.xhtml|toc\.xml)$", re.IGNORECASE)
_SUMMARY = re.compile(r"(?:^|/)(?:summary|_sidebar)\.md$", re.IGNORECASE)
_YAML = re.compile(r"(?:^|/)(?:mkdocs|_?toc|index)\.ya?ml$", re.IGNORECASE)
_TOCTREE = re.compile(r"\.rst(?:\.txt)?$", re.IGNORECASE)
_KINDS = (_MARKUP, _SUMMARY, _YAML, _TOCTREE)


def is_contents(path: str) -> bool:
    """Whether the file's name is that of a table of contents: HTML Help (.hhc), EPUB, Qt Help,
    DevHelp, mdBook and GitBook (SUMMARY.md), Docsify, MkDocs, Jupyter Book, or a page of Sphinx,
    which may hold one."""
    return any(kind.search(path) for kind in _KINDS)


def is_no_page(path: str) -> bool:
    """Whether such a file holds nothing but the table: it is no document."""
    return bool(_MARKUP.search(path) or _YAML.search(path))


def trust(path: str) -> tuple[int, int, str]:
    """A sort key: the kind most sure to be the whole table first, then the outermost file."""
    kind = next((n for n, each in enumerate(_KINDS) if each.search(path)), len(_KINDS))
    return kind, path.count("/"), path


def read(text: str, *, path: str) -> tuple[Contents, ...]:
    """The tables of contents in the file at `path` of the source; () where there is none.

    Raises:
        SourceError: It cannot be read as what its name says, or is too large.
    """
    if len(text) > MAX_CHARS:
        raise SourceError(f"{path}: a table of contents of more than {MAX_CHARS >> 20} MB")
    if _MARKUP.search(path):
        return read_markup(text, path=path)
    if _SUMMARY.search(path):
        return read_summary(text, path=path)
    if _YAML.search(path):
        return read_yaml(text, path=path)
    return read_toctrees(text, path=path)
