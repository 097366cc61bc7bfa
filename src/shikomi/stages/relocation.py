"""Pages whose file name in docs/ changes, with their edits: a source was renamed, or its page
makes room for another's."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeVar

from shikomi.files import write_whole
from shikomi.stages.context import Context
from shikomi.stages.corrections import can_be, is_there, is_touched
from shikomi.store import pages
from shikomi.store.pages import Conversion

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Place:
    """A source file as it is now, and the page it becomes."""

    source: str
    sha256: str
    document: str


@dataclass(frozen=True, slots=True)
class Relocation:
    """`moves`: from page to page. `displaced`: pages without a source whose name another needs."""

    moves: Mapping[str, str]
    displaced: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.moves or self.displaced)


def relocation(known: Mapping[str, Conversion], places: Sequence[Place]) -> Relocation:
    """What is to move. A source that is gone was renamed if one new source, and only one, has
    its bytes; among several the one in its folder, or of its name."""
    documents = {place.source: place.document for place in places}
    renamed = _renamed(known, places)
    moves: dict[str, str] = {}
    for path, each in known.items():
        target = documents.get(each.source_path) or renamed.get(each.source_path)
        if target is not None and target != path and target not in moves.values():
            moves[path] = target
    sources = {place.document: place.source for place in places}
    stays = {path for path, each in known.items() if sources.get(path) == each.source_path}
    taken = sources.keys() & known.keys() - stays - moves.keys()
    return Relocation(moves, tuple(sorted(taken)))


def _renamed(known: Mapping[str, Conversion], places: Sequence[Place]) -> dict[str, str]:
    """For each source path that is gone the page of its new name."""
    there = {place.source for place in places}
    before = {each.source_path for each in known.values()}
    gone = [(each.source_path, each.source_sha256) for each in known.values()]
    gone = [(path, sha256) for path, sha256 in gone if path not in there]
    new = [place for place in places if place.source not in before]
    found: dict[str, str] = {}
    for alike in _ALIKE:
        by_key = _single((alike(path, sha256), path) for path, sha256 in gone if path not in found)
        targets = _single(
            (alike(place.source, place.sha256), place.document)
            for place in new
            if place.document not in found.values()
        )
        found |= {path: targets[key] for key, path in by_key.items() if key in targets}
    return found


# What tells a renamed source among files of the same bytes: its folder, its name, or nothing more.
_ALIKE: tuple[Callable[[str, str], tuple[str, str]], ...] = (
    lambda path, sha256: (sha256, str(PurePosixPath(path).parent)),
    lambda path, sha256: (sha256, PurePosixPath(path).name),
    lambda path, sha256: (sha256, ""),
)


def _single(pairs: Iterable[tuple[K, str]]) -> dict[K, str]:
    """Those whose key no other has."""
    known = list(pairs)
    n_times = Counter(key for key, _ in known)
    return {key: value for key, value in known if n_times[key] == 1}


def relocate(ctx: Context, plan: Relocation) -> list[str]:
    """Do it. Returns the edited pages that lost their name, under their new ones: they are the
    person's own from now on."""
    known = pages.conversions(ctx.store)
    kept = [new for path in plan.displaced if (new := _displace(ctx, known[path]))]
    todo = dict(plan.moves)
    while ready := _ready(ctx, todo):
        for old, new in ready:
            _move(ctx, old, new)
            del todo[old]
    for old in todo:  # two that wait for each other: neither name is lost
        pages.forget(ctx.store, old)
    return kept


def _ready(ctx: Context, todo: Mapping[str, str]) -> list[tuple[str, str]]:
    occupied = pages.conversions(ctx.store).keys()
    return [(old, new) for old, new in todo.items() if new not in occupied]


def _move(ctx: Context, old: str, new: str) -> None:
    data = _bytes(ctx, old)
    if data is not None and (_bytes(ctx, new) not in (None, data) or not can_be(ctx, new)):
        pages.forget(ctx.store, old)  # it stays where it is, as a page of the person's own
        return
    with ctx.store.transaction():
        pages.rename(ctx.store, old, new)
        if data is not None:
            write_whole(ctx.docs / new, data)
            (ctx.docs / old).unlink()


def _bytes(ctx: Context, path: str) -> bytes | None:
    return (ctx.docs / path).read_bytes() if is_there(ctx, path) else None


def _displace(ctx: Context, known: Conversion) -> str | None:
    """Take a page out of another's way. Returns its new name if it was edited."""
    path = ctx.docs / known.path
    kept = None
    if is_there(ctx, known.path):
        if is_touched(ctx, known):
            kept = next(name for name in _other_names(known.path) if not is_there(ctx, name))
            path.rename(ctx.docs / kept)
        else:
            path.unlink()
    pages.forget(ctx.store, known.path)
    return kept


def _other_names(path: str) -> Iterator[str]:
    stem = str(PurePosixPath(path).with_suffix(""))
    yield f"{stem}.kept.md"
    n = 2
    while True:
        yield f"{stem}.kept.{n}.md"
        n += 1
