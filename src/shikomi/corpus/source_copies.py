"""The sources that Sphinx copies beside the pages made of them: the same text a second time."""

from collections.abc import Collection
from pathlib import PurePosixPath

_FOLDER = "_sources"
_PAGES = ("{}.html", "{}.htm", "{}/index.html")  # the last as the builder "dirhtml" names them


def is_copy(path: str, paths: Collection[str]) -> bool:
    """Whether it is `_sources/a/b.rst.txt`, and `a/b.html` is among `paths`."""
    parts = PurePosixPath(path).parts
    if _FOLDER not in parts[:-1]:
        return False
    place = parts.index(_FOLDER)
    made_of = PurePosixPath(*parts[:place], *parts[place + 1 :])
    bare = made_of.with_suffix("") if made_of.suffix == ".txt" else made_of
    return any(page.format(bare.with_suffix("")) in paths for page in _PAGES)
