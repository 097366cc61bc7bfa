"""Which document an address on a page of the source means."""

import posixpath
from collections import Counter
from collections.abc import Iterable, Mapping
from urllib.parse import SplitResult, unquote, urlsplit

from shikomi.corpus.links import resolve

_PAGES = (".rst", ".md", ".markdown", ".mdx", ".html", ".htm", ".xhtml")
_INDEX_STEMS = ("index", "readme", "default")


class Resolver:
    """`documents` maps source paths to document paths. `base` is the address on the web that the
    source folder has, where it is known: absolute addresses below it are pages too."""

    def __init__(self, documents: Mapping[str, str], *, base: str = "") -> None:
        self._exact = dict(documents)
        self._loose: dict[str, str] = {}
        self._base = _split(base)
        for source in sorted(documents, key=_rank):
            for name in _names(source):
                self._loose.setdefault(name, documents[source])

    def find(self, url: str, source: str) -> str | None:
        """The document that `url` on the page at `source` means, or None.

        A folder means its index page; letter case, `\\` for `/` and a missing suffix are forgiven.
        """
        target, _ = resolve(self._relative(url.strip().replace("\\", "/")), source)
        if not target:
            return None
        loose = target.rstrip("/").lower()
        name = "" if loose == "." else loose
        return self._exact.get(target) or self._loose.get(name) or self._by_stem(name)

    def _by_stem(self, name: str) -> str | None:
        """The page that was `name` before it was turned to another kind."""
        stem, suffix = posixpath.splitext(name)
        return self._loose.get(stem) if suffix in _PAGES else None

    def _relative(self, url: str) -> str:
        split = _split(url) if "//" in url else None
        if split is None or self._base is None or split.netloc.lower() != self._base.netloc.lower():
            return url
        if not split.path.startswith(self._base.path):
            return url
        return "/" + split.path[len(self._base.path) :].lstrip("/")


def base_address(pages: Iterable[tuple[str, str]]) -> str:
    """The address of the source folder, from (source path, its own address on the web) of its
    pages; "" where most do not agree."""
    found: Counter[str] = Counter()
    n = 0
    for source, url in pages:
        split = _split(url)
        if split is None:
            continue
        n += 1
        for name in ("/" + source, *("/" + name for name in _names(source))):
            path = unquote(split.path)
            if path.lower().endswith(name.lower()) or (name == "/" and path.endswith("/")):
                root = path[: len(path) - len(name)]
                found[f"{split.scheme}://{split.netloc}{root}/"] += 1
                break
    base, count = found.most_common(1)[0] if found else ("", 0)
    return base if count * 2 > n else ""


def _split(url: str) -> SplitResult | None:
    """The parts of an absolute address; None where it is none."""
    try:
        split = urlsplit(url)
    except ValueError:
        return None
    return split if split.netloc else None


def _names(source: str) -> tuple[str, ...]:
    """The looser names of a page, lower case: without its suffix, and its folder's if it is the
    index there."""
    lowered = source.lower()
    stem = posixpath.splitext(lowered)[0]
    folder = posixpath.dirname(lowered)
    index = posixpath.basename(stem) in _INDEX_STEMS
    return (lowered, stem, folder) if index else (lowered, stem)


def _rank(source: str) -> tuple[int, str]:
    stem = posixpath.splitext(posixpath.basename(source))[0].lower()
    return _INDEX_STEMS.index(stem) if stem in _INDEX_STEMS else len(_INDEX_STEMS), source
