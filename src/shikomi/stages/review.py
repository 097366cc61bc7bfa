"""What people decide about pairs: pairs -> a file to edit -> reviews, and what is taught then.

A person's word counts for more than the filters' and the judge's, with one exception: what
repeats a held-out question is never taught. Of what nobody has decided on some wordings are kept
to be asked in the evaluation: their facts are taught in others.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from shikomi.dataset import chat, duplicates
from shikomi.dataset import reviews as lines
from shikomi.errors import UserError
from shikomi.stages import askable, filters, generate, holdout, judge, quality, views
from shikomi.stages.context import Context
from shikomi.stages.remembered import remembered
from shikomi.store import Store, corpus, reviews, samples
from shikomi.types import Question, Review, Sample, Score, Section

STAGE = "review"
REJECTED = "rejected by a person"
_TWIN = "near-duplicate of an edited pair"
_ASKED = "kept to be asked in the evaluation"
_PASSED, _SUPPORTED, _NOT_READ = "passed", "supported", "not readable"
NEAR_DUPLICATE = "near-duplicate"
NOT_TAUGHT, ALTHOUGH = "not taught", "taught in your words, although"

Verdicts = Callable[[Sample], dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """`pairs` are taught, in reading order; `dropped` says by id why others are not that the
    filters kept or a person wanted. `paraphrases` ask for what is taught in other words."""

    pairs: tuple[Sample, ...]
    dropped: Mapping[str, str]
    paraphrases: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """How many decisions of each kind are new, and what the person should know of them."""

    counts: Mapping[str, int]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A pair as it was made, with the statement that it is about, what each check has said of it,
    and what a person has. `is_kept`: no check drops it."""

    sample: Sample
    review: Review | None
    section: Section
    evidence: str
    verdicts: Mapping[str, str]
    is_kept: bool
    is_taught: bool


@remembered
def candidates(ctx: Context) -> tuple[Sample, ...]:
    """Every current pair once, whatever the filters say of it: generated ones, then lookups."""
    lookups = (sample for _, sample in views.all_lookups(ctx))
    return tuple(filters.distinct([*generate.generated(ctx), *lookups]))


@remembered
def reviewed(ctx: Context) -> Reviewed:
    """The pairs that the filters and the judges kept, and the lookups, after people's reviews, less
    what is asked in the evaluation."""
    known = reviews.latest(ctx.store, until=ctx.last_review)
    found = _decided(ctx, known)
    most = ctx.config.paraphrases(len(holdout.held_out(ctx)))
    if not most:
        return found
    undecided = (pair for pair in found.pairs if pair.id not in known)
    asked = list(islice(askable.wordings_apart(ctx, undecided), most))
    ids = {each.pair.id for each in asked}
    return Reviewed(
        pairs=tuple(pair for pair in found.pairs if pair.id not in ids),
        dropped={**found.dropped, **dict.fromkeys(ids, _ASKED)},
        paraphrases=tuple(each.question("H0") for each in asked),
    )


def _kept(ctx: Context) -> tuple[Sample, ...]:
    """What is taught where nobody has decided on anything."""
    return (*quality.kept(ctx), *views.lookups(ctx))


def _decided(ctx: Context, known: Mapping[str, Review]) -> Reviewed:
    """What is left after people's reviews, in their words."""
    if not known:
        return Reviewed(pairs=_kept(ctx), dropped={})
    kept_ids = {sample.id for sample in _kept(ctx)}
    leak = filters.leak(ctx)
    pairs: list[tuple[Sample, Review | None]] = []
    dropped: dict[str, str] = {}
    for sample in candidates(ctx):
        review = known.get(sample.id)
        if review is None:
            pairs += [(sample, None)] if sample.id in kept_ids else []
            continue
        decided = _in_new_words(sample, review)
        if reason := REJECTED if review.decision == "reject" else leak(decided):
            dropped[sample.id] = reason
        else:
            pairs.append((decided, review))
    twins = _twins_of_edits(ctx, pairs)
    left = [sample for sample, review in pairs if review or sample.id not in twins]
    return Reviewed(
        pairs=tuple(filters.distinct(left)), dropped=dropped | dict.fromkeys(twins, _TWIN)
    )


def _in_new_words(sample: Sample, review: Review) -> Sample:
    if review.decision != "edit":
        return sample
    return chat.reworded(sample, question=review.question, answer=review.answer)


def _twins_of_edits(ctx: Context, pairs: list[tuple[Sample, Review | None]]) -> frozenset[str]:
    """Pairs without a review that ask what an edited one asks now: the person's words stay."""
    edits = tuple(sample for sample, review in pairs if review and review.decision == "edit")
    others = tuple(sample for sample, review in pairs if review is None)
    return _twin_ids(others, edits, ctx.config.deduplicate.threshold)


@lru_cache(maxsize=1)  # seconds among a hundred thousand, asked at each change
def _twin_ids(
    samples: tuple[Sample, ...], of: tuple[Sample, ...], threshold: float
) -> frozenset[str]:
    return frozenset(twin.sample_id for twin in duplicates.twins(samples, of, threshold=threshold))


def counts(ctx: Context) -> dict[str, int]:
    """How many of the current pairs have a decision of each kind; nothing where there is none."""
    known = reviews.latest(ctx.store, until=ctx.last_review)
    if not known:
        return {}
    current = {sample.id for sample in candidates(ctx)}
    return dict(Counter(r.decision for each, r in known.items() if each in current))


def exported(ctx: Context, *, everything: bool = False) -> str:
    """A line for each pair that was kept or reviewed; with `everything`, for the others, too.

    Raises:
        UserError: as `check_ready` does.
    """
    check_ready(ctx)
    return "".join(_lines(ctx, everything=everything))


def check_ready(ctx: Context) -> None:
    """That people can decide on the pairs.

    Raises:
        UserError: there are none, or the filters have not seen all of them yet.
    """
    is_begun = corpus.has_sections(ctx.store) and not generate.pending(ctx)
    if not is_begun and not generate.generated(ctx):
        raise UserError("there are no pairs yet: run `shikomi judge` first")
    checks = (holdout.pending, filters.lint_pending, filters.deduplicate_pending)
    if any(pending(ctx) for pending in checks) or quality.undecided(ctx):
        last = quality.STAGE if ctx.config.quality.drops else judge.STAGE
        raise UserError(f"some pairs are not checked yet: run `shikomi {last}` first")


def _lines(ctx: Context, *, everything: bool) -> Iterator[str]:
    for each in checked(ctx):
        if everything or each.review or each.is_kept:
            yield lines.line(
                each.sample,
                each.review,
                section=each.section.place,
                evidence=each.evidence,
                verdicts=each.verdicts,
                taught=each.is_taught,
            )


def checked(ctx: Context) -> Iterator[Checked]:
    """Every current pair with what has been said of it so far."""
    sections = corpus.sections_by_id(ctx.store)
    facts = corpus.facts_by_id(ctx.store)
    known = reviews.latest(ctx.store, until=ctx.last_review)
    outcome = reviewed(ctx)
    kept = {sample.id for sample in _kept(ctx)}
    taught = {sample.id for sample in outcome.pairs}
    verdicts = _verdicts(ctx)
    for sample in candidates(ctx):
        review = known.get(sample.id)
        decided = _in_new_words(sample, review) if review else sample
        dropped = outcome.dropped.get(sample.id)
        yield Checked(
            sample=sample,
            review=review,
            section=sections[sample.section_ids[0]],
            evidence=facts[sample.fact_ids[0]].statement,
            verdicts=verdicts(sample) | ({STAGE: dropped} if dropped else {}),
            is_kept=sample.id in kept,
            is_taught=decided.id in taught and not dropped,
        )


def _verdicts(ctx: Context) -> Verdicts:
    """What each check that has seen a pair says of it, in order."""
    linted = filters.lint_scores(ctx)
    twins = filters.near_duplicates(ctx)
    checks = {judge.STAGE: judge.scores(ctx)}
    checks |= {check: quality.scores(ctx, check) for check in quality.CHECKS}
    clean = {sample.id for sample in views.lookups(ctx)}

    def verdicts(sample: Sample) -> dict[str, str]:
        if sample.id not in linted:
            return {} if sample.id in clean else {filters.LINT: filters.LEAK}
        found = {filters.LINT: linted[sample.id].explanation or _PASSED}
        if sample.id in twins:
            found[filters.DEDUPLICATE] = f"{NEAR_DUPLICATE} of {twins[sample.id].of_sample_id}"
        for check, scores in checks.items():
            if score := scores.get(sample.id):
                found[check] = _said(check, score)
        return found

    return verdicts


def _said(check: str, score: Score) -> str:
    if score.value is None:
        return f"{_NOT_READ}: {score.explanation}"
    return score.explanation or (_SUPPORTED if check == judge.STAGE else _PASSED)


def reason(verdict: str) -> str:
    """Why a check that said this drops pairs, in words that many have in common; "" where it
    drops none."""
    head = verdict.split(":")[0]
    if head in (_PASSED, _SUPPORTED, _NOT_READ):
        return ""
    return NEAR_DUPLICATE if head.startswith(NEAR_DUPLICATE) else head


def imported(ctx: Context, text: str, *, name: str) -> Imported:
    """Store the decisions of an edited file that differ from those that hold, or none at all.

    Raises:
        UserError: some of its lines are wrong; each is named.
    """
    lookups = {sample.id: sample for _, sample in views.all_lookups(ctx)}
    found, problems = lines.read(
        text, lambda each: samples.find(ctx.store, each) or lookups.get(each)
    )
    if problems:
        wrong = "1 line" if len(problems) == 1 else f"{len(problems)} lines"
        head = f"nothing was imported: {wrong} of {name} to mend"
        raise UserError("\n".join([head, *problems]))
    before = reviewed(replace(ctx, last_review=None))
    new = record(ctx.store, found, lookups)
    notes = _notes(replace(ctx, last_review=None), new, before) if new else ()
    return Imported(counts=Counter(review.decision for review in new), notes=tuple(notes))


def record(store: Store, found: Sequence[Review], lookups: Mapping[str, Sample]) -> list[Review]:
    """Store the reviews that differ from what holds, all or none. Returns these. `lookups`: by id,
    the pairs made by program, which are stored with the first decision on them."""
    with store.transaction():
        known = reviews.latest(store)
        new = [review for review in found if _changes(known.get(review.sample_id), review)]
        samples.insert(store, [lookups[r.sample_id] for r in new if r.sample_id in lookups])
        reviews.add(store, new)
    return new


def _changes(held: Review | None, review: Review) -> bool:
    return held != review if review.decision != "withdraw" else held is not None


def note_on(
    sample: Sample, review: Review, dropped: str | None, support: filters.Check
) -> tuple[str, str] | None:
    """What a person should know of their decision, and why it is so; `dropped` is the reason why
    the pair is not taught."""
    if review.decision != "reject" and dropped:
        return NOT_TAUGHT, dropped
    if review.decision == "edit" and (reason := support(_in_new_words(sample, review))):
        return ALTHOUGH, reason
    return None


def _notes(ctx: Context, new: list[Review], before: Reviewed) -> Iterator[str]:
    current = {sample.id: sample for sample in candidates(ctx)}
    dropped = reviewed(ctx).dropped
    check = filters.support(ctx)
    for review in new:
        sample = current.get(review.sample_id)
        if sample is None:
            yield f"{review.sample_id}: not among the current pairs; it counts when it comes back"
        elif note := note_on(sample, review, dropped.get(sample.id), check):
            yield f"{sample.id}: {': '.join(note)}"
    for each in dropped.keys() - before.dropped.keys() - {review.sample_id for review in new}:
        yield f"{each}: left out: {dropped[each]}"
