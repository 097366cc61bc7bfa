"""Files that hold a page's text a second time: the sources that Sphinx copies beside its pages,
and the same page in several formats."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from pathlib import PurePosixPath

from shikomi.corpus.check import letters, shown

_FOLDER = "_sources"
_PAGES = ("{}.html", "{}.htm", "{}/index.html")  # the last as the builder "dirhtml" names them
_RICHEST_FIRST = (
    (".md", ".markdown", ".mdx"),
    (".html", ".htm", ".xhtml"),
    (".docx", ".docm"),
    (".rst", ".adoc", ".asciidoc", ".org", ".rmd", ".qmd"),
    (".pdf",),
    (".txt", ".text"),
    (".yaml", ".yml"),
    (".json",),
)
_RANKS = {suffix: n for n, suffixes in enumerate(_RICHEST_FIRST) for suffix in suffixes}
_N_RICH = 3
_N = 8
_MAX_LOST = 0.1
_MAX_PASSAGE = 40  # letters; of scripts that write a word in one or two, a third as many
_WIDE = 3
_LEAST_LETTERS = 50
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


def is_copy(path: str, paths: Collection[str]) -> bool:
    """Whether it is `_sources/a/b.rst.txt`, and `a/b.html` is among `paths`."""
    parts = PurePosixPath(path).parts
    if _FOLDER not in parts[:-1]:
        return False
    place = parts.index(_FOLDER)
    made_of = PurePosixPath(*parts[:place], *parts[place + 1 :])
    bare = made_of.with_suffix("") if made_of.suffix == ".txt" else made_of
    return any(page.format(bare.with_suffix("")) in paths for page in _PAGES)


def same_names(paths: Iterable[str]) -> list[tuple[str, ...]]:
    """The paths of several formats that share a folder and a name, each with the richest format
    first: which may be one page."""
    found: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for path in sorted(paths):
        stem, suffix = posixpath.splitext(path.lower())
        if suffix in _RANKS:
            found[stem].setdefault(_RANKS[suffix], path)
    return [tuple(by[n] for n in sorted(by)) for by in found.values() if len(by) > 1]


def is_rich(path: str) -> bool:
    """Whether its format has headings, links and tables of its own."""
    return _RANKS.get(posixpath.splitext(path.lower())[1], _N_RICH) < _N_RICH


def holds(markdown: str, other: str) -> bool:
    """Whether a page says all that `other` does, but for marks of its format: every number, nine
    tenths of its runs of eight letters, and no passage as long as half a sentence that is nowhere
    on the page. A page of hardly any text is none that is held."""
    theirs = letters(other).casefold()
    if len(theirs) < _LEAST_LETTERS or not _numbers(other) <= _numbers(markdown):
        return False
    known = set(_runs(letters(markdown).casefold()))
    n_lost = passage = 0
    for run in _runs(theirs):
        passage = 0 if run in known else passage + (1 if run[-1].isascii() else _WIDE)
        n_lost += passage > 0
        if passage > _MAX_PASSAGE:
            return False
    return n_lost <= (len(theirs) - _N + 1) * _MAX_LOST


def _runs(text: str) -> Iterator[str]:
    return (text[n : n + _N] for n in range(len(text) - _N + 1))


def _numbers(markdown: str) -> set[str]:
    return set(_NUMBER.findall(shown(markdown)))
