"""The pairs on the table: the book, what is decided since it was read, and what can be undone.

Decisions are saved at once. What follows from them (which other pairs give way, what is taught)
is worked out by a thread that reads the book again, which among many pairs takes seconds; it also
reads it again when another process has changed the project.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

from shikomi.errors import UserError
from shikomi.stages import review
from shikomi.stages.context import Context
from shikomi.store import Store
from shikomi.store import reviews as rows
from shikomi.types import Review
from shikomi.web import book as books
from shikomi.web.book import Book
from shikomi.web.refusals import Refused

Opened = Callable[[], AbstractContextManager[Context]]

_LOOK_SECONDS = 1.0
_RETRY_SECONDS = 2.0
_REST = 10  # a run changes the database all the time: read again for a tenth of it at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What there is to see. `open_ids` are decided on since the book was read; `left_out` are
    pairs that gave way since the one before, with reasons; `problem` says why it is read no more,
    or is ""."""

    book: Book
    reviews: Mapping[str, Review]
    version: int = 0
    open_ids: frozenset[str] = frozenset()
    left_out: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Saved:
    row: int  # the newest one then
    reviews: Sequence[Review]


@dataclass(frozen=True, slots=True)
class _Step:
    """By id, what held before, and what holds since."""

    former: Mapping[str, Review | None]
    ours: Mapping[str, Review | None]


class _DecidedElsewhere(Refused):
    def __init__(self) -> None:
        super().__init__("decided_elsewhere")


class Desk:
    """One project's pairs, for any number of threads. `opened` opens the project."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._is_closed = False
        self._first: Future[Table] = Future()
        self._table: Table | None = None
        self._since: list[_Saved] = []
        self._steps: list[_Step] = []
        self._thread = threading.Thread(target=self._read_on, daemon=True)

    def start(self) -> Table:
        """
        Raises:
            UserError: there is no project, or it has no pairs to be reviewed.
        """
        self._thread.start()
        return self._first.result()

    def close(self) -> None:
        self._is_closed = True
        self._wake.set()
        self._thread.join(_RETRY_SECONDS)

    @property
    def table(self) -> Table:
        assert self._table is not None, "not started"
        return self._table

    @property
    def n_steps(self) -> int:
        """How many savings can be undone."""
        return len(self._steps)

    def save(
        self, found: Sequence[Review], *, expected: Mapping[str, Review | None] | None = None
    ) -> int:
        """Returns how many of them are new; all are stored, or none.

        Raises:
            UserError: they cannot be stored, or another review holds than `expected` says.
        """
        with self._lock:
            step = self._stored(found, expected or {})
            self._steps += [step] if step.ours else []
        self._wake.set()
        return len(step.ours)

    def undo(self) -> list[str]:
        """Take the last saving back, by rows that restore what held before. Returns the pairs.

        Raises:
            UserError: there is none, or somebody else has decided on its pairs since.
        """
        with self._lock:
            if not self._steps:
                raise Refused("nothing_to_undo")
            step = self._steps[-1]
            restored = [former or _withdrawal(each) for each, former in step.former.items()]
            try:
                self._stored(restored, step.ours)
            except _DecidedElsewhere:
                self._steps.pop()
                raise
            self._steps.pop()
        self._wake.set()
        return list(step.former)

    def _stored(self, found: Sequence[Review], expected: Mapping[str, Review | None]) -> _Step:
        lookups = {
            each.sample_id: entry.sample
            for each in found
            if (entry := self.table.book.find(each.sample_id)) and entry.sample.view == "lookup"
        }
        with self._opened() as ctx, ctx.store.transaction():
            known = rows.latest(ctx.store)
            if any(known.get(each) != held for each, held in expected.items()):
                raise _DecidedElsewhere
            new = review.record(ctx.store, found, lookups)
            self._since.append(_Saved(rows.last(ctx.store), new))
        self._show(self.table.book, self.table)
        ours = {each.sample_id: _held(each) for each in new}
        return _Step({each: known.get(each) for each in ours}, ours)

    def _show(self, book: Book, table: Table) -> None:
        """Put the book on the table, below what was decided since it was read."""
        self._since = [each for each in self._since if each.row > book.last_review]
        since = {each.sample_id: each for saved in self._since for each in saved.reviews}
        held = {**book.reviews, **since}
        reviews = {key: each for key, each in held.items() if each.decision != "withdraw"}
        self._table = replace(table, book=book, reviews=reviews, open_ids=frozenset(since))

    def _read_on(self) -> None:
        while not self._is_closed:
            self._wake.clear()
            start = time.monotonic()
            try:
                with self._opened() as ctx:
                    self._read(ctx)
            except UserError as error:
                self._tell(error, rest=_REST * (time.monotonic() - start))
            except BaseException as error:
                if not self._first.done():
                    self._first.set_exception(error)
                raise

    def _read(self, ctx: Context) -> None:
        """Read the book, and wait until it has to be read again."""
        version, start = ctx.store.version, time.monotonic()
        try:
            book = books.read(replace(ctx, last_review=rows.last(ctx.store)))
        except LookupError:  # of two states of the project, or a bug
            if ctx.store.version == version:
                raise
            return
        with self._lock:
            self._take(book)
        seconds = time.monotonic() - start
        self._wait(ctx.store, version, rest=time.monotonic() + _REST * seconds)

    def _take(self, book: Book) -> None:
        old = self._table
        if old is None:
            self._table = Table(book=book, reviews=book.reviews)
            self._first.set_result(self._table)
            return
        before = old.book.left_out()
        now = book.left_out()
        left_out = {each: now[each] for each in now.keys() - before.keys()}
        self._show(book, replace(old, version=old.version + 1, left_out=left_out, problem=""))

    def _wait(self, store: Store, version: tuple[int, int] | None, *, rest: float) -> None:
        while not self._wake.wait(_LOOK_SECONDS):
            if time.monotonic() > rest and store.version != version:
                return

    def _tell(self, error: UserError, *, rest: float) -> None:
        if self._table is None:
            self._is_closed = True
            self._first.set_exception(error)
            return
        with self._lock:
            self._table = replace(self._table, problem=str(error))
        self._wake.wait(max(_RETRY_SECONDS, rest))


def _held(each: Review) -> Review | None:
    return None if each.decision == "withdraw" else each


def _withdrawal(sample_id: str) -> Review:
    return Review(sample_id=sample_id, decision="withdraw", question="", answer="", note="")
