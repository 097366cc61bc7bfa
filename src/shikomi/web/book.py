"""All pairs of a project as they stood at one moment, ready to be looked through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shikomi.errors import UserError
from shikomi.stages import filters, report, review
from shikomi.stages.context import Context
from shikomi.stages.review import Checked
from shikomi.store import corpus
from shikomi.types import Fact, Lang, Review, Sample

KEPT, DROPPED = "kept", "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A pair with what was said of it. `fate`: whether the checks kept it, and each reason why it
    is not taught, as "check: reason"; `note` is what its decision brought with it, and why."""

    checked: Checked
    fate: tuple[str, ...]
    note: tuple[str, str] | None

    @property
    def sample(self) -> Sample:
        return self.checked.sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """`places` are those of the pairs in `entries`, by id; `reviews` held when it was read, the
    newest row being `last_review`."""

    name: str
    lang: Lang
    entries: Sequence[Entry]
    places: Mapping[str, int]
    facts: Mapping[str, Fact]
    reviews: Mapping[str, Review]
    last_review: int

    def find(self, sample_id: str) -> Entry | None:
        place = self.places.get(sample_id)
        return None if place is None else self.entries[place]

    def left_out(self) -> dict[str, str]:
        """By id, why a pair is left out that nobody has decided on."""
        return {
            entry.sample.id: reason
            for entry in self.entries
            if not entry.checked.review and (reason := entry.checked.verdicts.get(review.STAGE))
        }


def read(ctx: Context) -> Book:
    """
    Raises:
        UserError: there are no pairs, or some are not checked yet.
    """
    review.check_ready(ctx)
    support = filters.support(ctx)
    entries = [_entry(found, support) for found in review.checked(ctx)]
    if not entries:
        raise UserError("there are no pairs to review: `shikomi status` says what became of them")
    return Book(
        name=ctx.config.project.root or ctx.folder.name,
        lang=report.main_lang(ctx),
        entries=entries,
        places={entry.sample.id: place for place, entry in enumerate(entries)},
        facts=corpus.facts_by_id(ctx.store),
        reviews={e.sample.id: e.checked.review for e in entries if e.checked.review},
        last_review=ctx.last_review or 0,
    )


def _entry(found: Checked, support: filters.Check) -> Entry:
    note, decided = None, found.review
    if decided:
        note = review.note_on(found.sample, decided, found.verdicts.get(review.STAGE), support)
    return Entry(checked=found, fate=tuple(_fate(found)), note=note)


def _fate(found: Checked) -> list[str]:
    fate = [KEPT if found.is_kept else DROPPED]
    if not found.is_kept:
        fate += _failed(found.verdicts)[:1]
    left_out = found.verdicts.get(review.STAGE)
    return [*fate, f"{review.STAGE}: {left_out}"] if left_out else fate


def _failed(verdicts: Mapping[str, str]) -> list[str]:
    """The checks that a pair failed, in order, each with its reason."""
    return [
        f"{check}: {reason}"
        for check, said in verdicts.items()
        if check != review.STAGE and (reason := review.reason(said))
    ]
