"""Some of the pairs once more, below the sections that search finds for their questions: as the
tuned model meets them when it is asked with search (RAFT, arXiv:2403.10131)."""

from collections.abc import Callable, Iterator, Sequence
from math import ceil

from shikomi import answering, prompts, retrieval
from shikomi.answering import Retriever
from shikomi.dataset import chat
from shikomi.dataset.evenly import evenly
from shikomi.hashing import content_id
from shikomi.stages import made
from shikomi.stages.context import Context
from shikomi.store import corpus
from shikomi.text import squeeze
from shikomi.types import Fact, Lang, Sample, Section

VIEW, FROM_MEMORY = "open_book", "from_memory"

_Found = tuple[Section, ...]


def pairs(ctx: Context, found: Sequence[Sample]) -> list[Sample]:
    """Those of the pairs that are taught below search results, too: a share, evenly chosen."""
    return evenly(found, ceil(ctx.config.generate.open_book * len(found)))


def samples(ctx: Context, found: Sequence[Sample]) -> Iterator[Sample]:
    """Of each of them, its answer below what search finds. Where that lacks the right section,
    the answer is from memory and, where a share is to be so, says that it is; search passes over
    the right section for as many as that share has too few."""
    chosen = pairs(ctx, found)
    searched = _Searched(ctx)
    below = [searched.below(pair) for pair in chosen]
    if not ctx.config.share("open_book_without"):
        yield from (_row(ctx, pair, each) for pair, each in zip(chosen, below, strict=True))
        return
    missed = [n for n, pair in enumerate(chosen) if not _is_there(pair, below[n])]
    for n in _to_withhold(ctx, chosen, missed):
        if others := searched.without(chosen[n]):
            below[n] = others
            missed.append(n)
    for n, pair in enumerate(chosen):
        is_told = n in missed and below[n]
        yield _from_memory(ctx, pair, below[n]) if is_told else _row(ctx, pair, below[n])


def recipe(ctx: Context) -> list[object]:
    """All that decides `samples` beside the pairs; nothing where there are none."""
    share = ctx.config.generate.open_book
    if not share:
        return []
    texts = made.prompt_ids(ctx, [answering.WITH_CONTEXT])
    ids = [section.id for section in corpus.current_sections(ctx.store)]
    own = [share, retrieval.VERSION, ctx.config.evaluate.retrieved_sections, texts, ids]
    without = ctx.config.share("open_book_without")
    if not without:
        return own
    return [*own, without, [_says_so(ctx, lang) for lang in made.langs(ctx)]]


def _to_withhold(ctx: Context, chosen: Sequence[Sample], missed: Sequence[int]) -> list[int]:
    """The pairs from whose search results the right section is left out, by their ids: as many as
    the share wants beyond those that search misses anyway."""
    wanted = ceil(ctx.config.share("open_book_without") * len(chosen)) - len(missed)
    others = sorted(set(range(len(chosen))) - set(missed), key=lambda n: _chance(chosen[n]))
    return others[: max(0, wanted)]


class _Searched:
    """What search finds for pairs."""

    def __init__(self, ctx: Context) -> None:
        sections = corpus.current_sections(ctx.store)
        k = ctx.config.evaluate.retrieved_sections
        self._retriever = Retriever(sections, k=k, folder=ctx.search_index)
        self._facts = corpus.facts_by_id(ctx.store)

    def below(self, pair: Sample) -> _Found:
        return self._retriever.search(pair.question)

    def without(self, pair: Sample) -> _Found:
        """Less the sections that the pair is about, and any other that says the same."""
        facts = [self._facts[each] for each in pair.fact_ids if each in self._facts]
        return self._retriever.search(pair.question, less=_tells(pair, facts))


def _tells(pair: Sample, facts: Sequence[Fact]) -> Callable[[Section], bool]:
    said = [squeeze(fact.evidence) for fact in facts]

    def tells(section: Section) -> bool:
        text = squeeze(section.text)
        return section.id in pair.section_ids or any(each in text for each in said)

    return tells


def _is_there(pair: Sample, found: _Found) -> bool:
    return any(section.id in pair.section_ids for section in found)


def _row(ctx: Context, pair: Sample, found: _Found, view: str = VIEW) -> Sample:
    prompt = answering.messages(pair.question, found, lang=pair.lang, overrides=ctx.prompts)
    return chat.asked_as(pair, prompt, view=view)


def _from_memory(ctx: Context, pair: Sample, found: _Found) -> Sample:
    """The answer says where it is from, in one of the ways, by the pair's id."""
    row, ways = _row(ctx, pair, found, FROM_MEMORY), _says_so(ctx, pair.lang)
    way = ways[int(_chance(pair)[-8:], 16) % len(ways)]
    return chat.reworded(row, question=row.question, answer=prompts.from_memory(way, pair.answer))


def _says_so(ctx: Context, lang: Lang) -> list[str]:
    return prompts.lines(prompts.FROM_MEMORY, lang, ctx.prompts)


def _chance(pair: Sample) -> str:
    return content_id([FROM_MEMORY, pair.id])
