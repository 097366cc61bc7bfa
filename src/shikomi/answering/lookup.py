"""The last question of a conversation, looked up in a project's sections."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from shikomi.answering import linked, messages
from shikomi.answering.citing import Cited
from shikomi.answering.support import Support
from shikomi.corpus import frontmatter, language
from shikomi.errors import UserError
from shikomi.files import read_utf8
from shikomi.retrieval import Hit, Index, open_index, passage
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
    the sections in the order of the documents. `url` is where its page came from, if it was
    fetched and was looked up."""

    section: Section
    score: float
    place: int
    url: str = ""

    @property
    def address(self) -> str:
        """`docs/page.md#Heading`, as a question's `section` has it below docs/."""
        return f"docs/{self.section.place}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """`messages` are what a model is asked in the question's place; `found` are the sections that
    stand in them, in the order of the documents, by which they are numbered from 1. `lang` is the
    question's."""

    question: str
    messages: tuple[Message, ...]
    found: tuple[Found, ...]
    lang: Lang

    def cited(self) -> Cited:
        """Takes an answer to the question, and sets its marks."""
        return Cited(Support(self.question, [each.section for each in self.found]), self.lang)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The best `sections` stand before a question, and perhaps one more that fits with them into
    `units`."""

    sections: int
    units: float


def look_up(
    store: Store,
    index: Path,
    turns: Sequence[Message],
    *,
    room: Room,
    docs: Path,
    overrides: Path | None,
) -> LookUp:
    """Search for the question that ends `turns`, in view of those before it; `index` is the
    index's folder, `docs` that of the pages. The sections stand in the order of the documents:
    neighbours read on, and prompts about the same sections begin alike, which a runtime's prefix
    cache uses."""
    question = turns[-1].content
    found: list[Found] = []
    if ids := corpus.current_section_ids(store):
        read = partial(corpus.sections, store)
        hits = linked.passages(
            _opened(store, index, ids), words_of(turns), room.sections, room=room.units, read=read
        )
        found = sorted(_found(store, ids, hits), key=lambda each: each.place)
        found = [replace(each, url=_url(docs / each.section.path)) for each in found]
    lang = language.detect(question)
    sections = [each.section for each in found]
    asked = messages(question, sections, lang=lang, overrides=overrides)
    return LookUp(question=question, messages=asked, found=tuple(found), lang=lang)


def search(store: Store, index: Path, words: str, k: int) -> tuple[Found, ...]:
    """The at most `k` best of the current sections, best first; `index` is the index's folder.

    Raises:
        UserError: there are no sections yet.
    """
    ids = corpus.current_section_ids(store)
    if not ids:
        raise UserError("there are no sections to search yet: run `shikomi section` first")
    return tuple(_found(store, ids, _opened(store, index, ids).search(words, k)))


def _opened(store: Store, index: Path, ids: Sequence[str]) -> Index:
    return open_index(index, ids, lambda new: map(passage, corpus.sections(store, new)))


def _found(store: Store, ids: Sequence[str], hits: Sequence[Hit]) -> Iterator[Found]:
    sections = corpus.sections(store, [hit.id for hit in hits])
    for hit, section in zip(hits, sections, strict=True):
        yield Found(section=section, score=hit.score, place=ids.index(hit.id))


def _url(page: Path) -> str:
    """What its front matter says, where it was fetched; "" where it is gone."""
    return frontmatter.split(read_utf8(page))[0].get("url", "") if page.exists() else ""


def words_of(turns: Sequence[Message], weights: Sequence[int] = _WEIGHTS) -> str:
    """What to search for: the last question, and with less weight those before it."""
    asked = [turn.content for turn in reversed(turns) if turn.role == "user"]
    if len(asked) == 1:
        return asked[0]
    weighted = zip(asked, weights, strict=False)
    return "\n".join(text for text, times in weighted for _ in range(times))
