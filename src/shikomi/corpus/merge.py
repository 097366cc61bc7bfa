"""Three-way merge of a page by Markdown block, after diff3 (Khanna, Kunal and Pierce, "A formal
investigation of diff3", 2007).

`base` is what the converter wrote last, `machine` what it makes now, `person` the page as it
stands. What one of them changed is taken. Where both changed the same block the person's stays
and the machine's is handed back as a conflict: nothing of either is dropped without a word, and
no marker is written. It differs from diff3 in three points: changes that only touch each other
do not conflict; a block that one side moved and the other changed is changed where it went; two
different insertions at one place both stay.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from shikomi.corpus import fields, frontmatter
from shikomi.corpus.alignment import LIKE, Span, changes, likeness
from shikomi.corpus.conflicts import Conflict, occurrences
from shikomi.corpus.page_blocks import PageBlocks, page_blocks


@dataclass(frozen=True, slots=True)
class Merged:
    """The page as it is to be written, and what the person is to look at."""

    text: str
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True, slots=True)
class _Block:
    """A block of the merged page: its index in the machine's page, in the person's, or both."""

    machine: int | None = None
    person: int | None = None


@dataclass(frozen=True, slots=True)
class _Change:
    """One side has `new` where the base has its blocks `start` to `end`."""

    start: int
    end: int
    new: tuple[_Block, ...]


@dataclass(frozen=True, slots=True)
class _Cluster:
    """Changes of either side that overlap, over the base's blocks `start` to `end`."""

    start: int
    end: int
    machine: tuple[_Change, ...]
    person: tuple[_Change, ...]


def merge(base: str, machine: str, person: str) -> Merged:
    """The three whole pages, front matter included. The person's line ends are kept.

    Without conflicts, `merge(b, m, b)` is m and `merge(b, b, p)` is p.
    """
    crlf = person.count("\r\n") * 2 > person.count("\n")
    own = person.replace("\r\n", "\n")
    merged = _merge(base, machine, own)
    if merged.text == own:
        return replace(merged, text=person)
    return replace(merged, text=merged.text.replace("\n", "\r\n")) if crlf else merged


def _merge(base: str, machine: str, person: str) -> Merged:
    if person in (base, machine):
        return Merged(machine)
    if machine == base:
        return Merged(person)
    raws = [frontmatter.raw(page) for page in (base, machine, person)]
    raw, clashes = fields.merge_fields(*raws)
    bodies = [frontmatter.split(page)[1] for page in (base, machine, person)]
    merger = _Merger(*map(page_blocks, bodies))
    text = _with_head(person, raw, raws[2], merger.text())
    blocks = [replace(found, seen=occurrences(text, found)) for found in merger.conflicts]
    lines = [Conflict(kind="field", base=b, machine=m, person=p) for b, m, p in clashes]
    return Merged(text, (*lines, *blocks))


def _with_head(person: str, raw: str, own: str, body: str) -> str:
    """The body under the merged front matter, or the person's as it stands if it is the same."""
    if raw == own:
        return person[: len(person) - len(frontmatter.split(person)[1])] + body
    return f"---\n{raw}---\n\n{body}" if raw else body


class _Merger:
    """The merge of the bodies; `conflicts` is filled by `text`."""

    def __init__(self, base: PageBlocks, machine: PageBlocks, person: PageBlocks) -> None:
        self._base, self._machine, self._person = base, machine, person
        spans_m, spans_p = changes(base.texts, machine.texts), changes(base.texts, person.texts)
        self._in_machine = _unchanged(spans_m, len(base.texts))
        self._in_person = _unchanged(spans_p, len(base.texts))
        self._by_machine = [change for span in spans_m for change in _changes(span, mine=False)]
        self._by_person = [change for span in spans_p for change in _changes(span, mine=True)]
        self.conflicts: list[Conflict] = []

    def text(self) -> str:
        by_machine, by_person = self._follow(self._by_machine, self._by_person)
        moved = {block for change in by_machine for block in change.new if block.machine is None}
        by_person, by_machine = self._follow(by_person, by_machine)
        blocks = self._blocks(by_machine, by_person)
        if not moved <= set(blocks):  # the place it went to is itself in conflict
            blocks = self._blocks(self._by_machine, self._by_person)
        return self._joined(blocks)

    def _blocks(self, by_machine: Sequence[_Change], by_person: Sequence[_Change]) -> list[_Block]:
        self.conflicts.clear()
        found: list[_Block] = []
        at = 0
        for cluster in self._overlapping(by_machine, by_person):
            found += self._kept(at, cluster.start)
            found += self._resolved(cluster, found[-1] if found else None)
            at = cluster.end
        return found + self._kept(at, len(self._base.texts))

    def _overlapping(
        self, by_machine: Sequence[_Change], by_person: Sequence[_Change]
    ) -> Iterator[_Cluster]:
        """In order. Two insertions at one place overlap; changes that touch only if they add
        the same block."""
        marked = [(c, False) for c in by_machine] + [(c, True) for c in by_person]
        held: list[tuple[_Change, bool]] = []
        end = 0
        for change, mine in sorted(marked, key=lambda pair: (pair[0].start, pair[0].end)):
            if held and not self._overlaps(change, held, end):
                yield _cluster(held, end)
                held = []
            end = max(end, change.end) if held else change.end
            held.append((change, mine))
        if held:
            yield _cluster(held, end)

    def _overlaps(self, change: _Change, held: Sequence[tuple[_Change, bool]], end: int) -> bool:
        """Whether a change overlaps earlier ones, which reach up to `end`."""
        if change.start < end or held[0][0].start == end == change.start == change.end:
            return True
        if change.start > end or not change.new:
            return False
        added = {self._text(block) for each, _ in held for block in each.new}
        return not added.isdisjoint(self._texts(change.new))

    def _kept(self, start: int, end: int) -> list[_Block]:
        return [_Block(self._in_machine[i], self._in_person[i]) for i in range(start, end)]

    def _resolved(self, cluster: _Cluster, above: _Block | None) -> list[_Block]:
        machine = self._side(cluster, cluster.machine, mine=False)
        person = self._side(cluster, cluster.person, mine=True)
        if not (cluster.person and cluster.machine):
            return person if cluster.person else machine
        texts, own = self._texts(machine), self._texts(person)
        base = self._base.texts[cluster.start : cluster.end]
        if texts == own:
            pairs = zip(machine, person, strict=True)
            return [_Block(m.machine, p.person) for m, p in pairs]
        if _has_all(own, texts, base):
            return person
        if cluster.start == cluster.end and not _alike(texts, own):
            return self._both(machine, person)
        self.conflicts.append(
            Conflict(
                kind="block",
                base="\n\n".join(base),
                machine="\n\n".join(texts),
                person="\n\n".join(own),
                above=self._text(above) if above else "",
            )
        )
        return person

    def _side(self, cluster: _Cluster, made: Sequence[_Change], *, mine: bool) -> list[_Block]:
        """The blocks that one side has over the whole cluster."""
        place = self._in_person if mine else self._in_machine
        found: list[_Block] = []
        at = cluster.start
        for change in [*made, _Change(cluster.end, cluster.end, ())]:
            kept = [place[i] for i in range(at, change.start) if i in place]
            found += [_Block(person=j) if mine else _Block(machine=j) for j in kept]
            found += change.new
            at = change.end
        return found

    def _both(self, machine: list[_Block], person: list[_Block]) -> list[_Block]:
        """Two insertions: what belongs to the section above comes before what opens another."""
        if machine and person and self._level(machine[0]) > self._level(person[0]):
            return machine + person
        return person + machine

    def _follow(
        self, movers: Sequence[_Change], editors: Sequence[_Change]
    ) -> tuple[list[_Change], list[_Change]]:
        """Where the mover's side took a block away that it put in again elsewhere, the editor's
        change of that block goes there."""
        once = {text for text, n in Counter(self._base.texts).items() if n == 1}
        taken = {i for change in movers for i in range(change.start, change.end)}
        put = Counter(self._text(block) for change in movers for block in change.new)
        moved = {
            text: edit
            for edit in editors
            if edit.end == edit.start + 1 and edit.start in taken
            if (text := self._base.texts[edit.start]) in once and put[text] == 1
        }
        gone = set(moved.values())
        changed = [replace(c, new=tuple(self._edited(c.new, moved))) for c in movers]
        return changed, [edit for edit in editors if edit not in gone]

    def _edited(self, new: Sequence[_Block], moved: Mapping[str, _Change]) -> Iterator[_Block]:
        for block in new:
            edit = moved.get(self._text(block))
            yield from (block,) if edit is None else edit.new

    def _text(self, block: _Block) -> str:
        if block.person is not None:
            return self._person.texts[block.person]
        return self._machine.texts[block.machine or 0]

    def _texts(self, blocks: Sequence[_Block]) -> list[str]:
        return [self._text(block) for block in blocks]

    def _level(self, block: _Block) -> int:
        if block.person is not None:
            return self._person.levels[block.person]
        return self._machine.levels[block.machine or 0]

    def _joined(self, blocks: Sequence[_Block]) -> str:
        parts = [self._person.gaps[0] if self._person.gaps else ""]
        before: _Block | None = None
        for block in blocks:
            if before is not None:
                parts.append(self._gap(before, block))
            parts.append(self._text(block))
            before = block
        return "".join(parts) + (self._person.tail or "\n" * bool(blocks))

    def _gap(self, before: _Block, block: _Block) -> str:
        """What stands between two blocks on the side where they are neighbours; else a blank
        line, so that they do not run into one."""
        if _follows(before.person, block.person):
            return self._person.gaps[block.person or 0]
        if _follows(before.machine, block.machine):
            return self._machine.gaps[block.machine or 0]
        return "\n\n"


def _follows(before: int | None, after: int | None) -> bool:
    return before is not None and after == before + 1


def _changes(span: Span, *, mine: bool) -> list[_Change]:
    """One change; of several blocks that went without a successor, one for each."""
    added = range(span.new_start, span.new_end)
    if not added:
        return [_Change(i, i + 1, ()) for i in range(span.start, span.end)]
    new = tuple(_Block(person=j) if mine else _Block(machine=j) for j in added)
    return [_Change(span.start, span.end, new)]


def _unchanged(spans: Sequence[Span], n_base: int) -> dict[int, int]:
    """For each block of the base that a side left alone its index there."""
    found: dict[int, int] = {}
    at = shift = 0
    for span in [*spans, Span(n_base, n_base, 0, 0)]:
        found |= {i: i + shift for i in range(at, span.start)}
        at, shift = span.end, span.new_end - span.end
    return found


def _cluster(held: Sequence[tuple[_Change, bool]], end: int) -> _Cluster:
    machine = tuple(change for change, mine in held if not mine)
    person = tuple(change for change, mine in held if mine)
    return _Cluster(held[0][0].start, end, machine, person)


def _alike(machine: Sequence[str], person: Sequence[str]) -> bool:
    return any(likeness(one, two) >= LIKE for one in machine for two in person)


def _has_all(own: Sequence[str], made: Sequence[str], base: Sequence[str]) -> bool:
    """Whether the person has all that the machine added, and nothing that it took out."""
    added, gone = Counter(made) - Counter(base), Counter(base) - Counter(made)
    return bool(added) and added <= Counter(own) and gone.keys().isdisjoint(own)
