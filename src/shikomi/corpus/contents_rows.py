"""What every kind of table of contents is read into."""

from dataclasses import dataclass
from typing import NamedTuple


class Entry(NamedTuple):
    """A row: `depth` from 0, `title`, and the address as written, "" where the row is a heading.
    A row stands under the nearest row before it that is less deep."""

    depth: int
    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """A table of contents. `bases` are source paths that its addresses may be relative to: the
    one by which most are found is right. `of` is the source path of the page that all of it
    stands under, "" if it is the whole site's."""

    path: str
    entries: tuple[Entry, ...]
    bases: tuple[str, ...]
    of: str = ""
