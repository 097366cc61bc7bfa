"""The last question of a conversation, looked up in a project's sections."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shikomi.answering import messages
from shikomi.corpus import language
from shikomi.errors import UserError
from shikomi.retrieval import open_index, passage
from shikomi.store import Store, corpus
from shikomi.types import Lang, Message, Section

# How often the words of the question, of the one before and of the one before that count. Measured
# in docs/log.md: a question that leaves its subject out needs the earlier ones, and one on
# something new must not lose to them.
_WEIGHTS = (9, 3, 1)
NOTHING_FOUND: dict[Lang, str] = {
    "en": "Nothing was found about this in the documents.",
    "ja": "これについての記述は、文書に見つかりませんでした。",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A section with its score, which is comparable within one search only, and its place among
    the sections in the order of the documents."""

    section: Section
    score: float
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """`messages` are what a model is asked in the question's place; `found` are the sections that
    stand in them, in the order of the documents. `lang` is the question's."""

    messages: tuple[Message, ...]
    found: tuple[Found, ...]
    lang: Lang


def look_up(
    store: Store, index: Path, turns: Sequence[Message], *, k: int, overrides: Path | None
) -> LookUp:
    """Search for the question that ends `turns`, in view of those before it; `index` is the
    index's folder. The sections stand in the order of the documents: neighbours read on, and
    prompts about the same sections begin alike, which a runtime's prefix cache uses."""
    question = turns[-1].content
    hits = search(store, index, words_of(turns), k) if corpus.has_sections(store) else ()
    found = tuple(sorted(hits, key=lambda each: each.place))
    lang = language.detect(question)
    sections = [each.section for each in found]
    asked = messages(question, sections, lang=lang, overrides=overrides)
    return LookUp(messages=asked, found=found, lang=lang)


def search(store: Store, index: Path, words: str, k: int) -> tuple[Found, ...]:
    """The at most `k` best of the current sections, best first; `index` is the index's folder.

    Raises:
        UserError: there are no sections yet.
    """
    ids = corpus.current_section_ids(store)
    if not ids:
        raise UserError("there are no sections to search yet: run `shikomi section` first")
    opened = open_index(index, ids, lambda new: map(passage, corpus.sections(store, new)))
    hits = opened.search(words, k)
    sections = corpus.sections(store, [hit.id for hit in hits])
    return tuple(
        Found(section=section, score=hit.score, place=ids.index(hit.id))
        for hit, section in zip(hits, sections, strict=True)
    )


def words_of(turns: Sequence[Message], weights: Sequence[int] = _WEIGHTS) -> str:
    """What to search for: the last question, and with less weight those before it."""
    asked = [turn.content for turn in reversed(turns) if turn.role == "user"]
    if len(asked) == 1:
        return asked[0]
    weighted = zip(asked, weights, strict=False)
    return "\n".join(text for text, times in weighted for _ in range(times))
