"""One question with one context to one request: shared by evaluation, chat and the server."""

from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from shikomi import prompts
from shikomi.corpus import capsule as capsules
from shikomi.retrieval import Index, build, open_index, passage
from shikomi.types import Lang, Message, Section

NO_CONTEXT = "answer"
WITH_CONTEXT = "answer_with_context"
TASK_WITH_CONTEXT = "task_with_context"
_SPARE = 10


class Retriever:
    """Finds the sections nearest to a question; the index is made at the first search, and kept
    in `folder` if there is one."""

    def __init__(self, sections: Sequence[Section], *, k: int, folder: Path | None = None) -> None:
        self._sections = {section.id: section for section in sections}
        self._k = k
        self._folder = folder
        self._index: Index | None = None

    def search(
        self, question: str, *, less: Callable[[Section], bool] | None = None
    ) -> tuple[Section, ...]:
        """The at most `k` best sections, in the order of the documents: neighbours read on, and
        prompts about the same sections begin alike, which a runtime's prefix cache uses. Those
        that `less` is true of are passed over, and the next best ones found."""
        if self._index is None:
            self._index = self._open()
        hits = self._index.search(question, self._k + (_SPARE if less else 0))
        best = (hit.id for hit in hits if not (less and less(self._sections[hit.id])))
        found = set(islice(best, self._k))
        return tuple(section for section in self._sections.values() if section.id in found)

    def _open(self) -> Index:
        if self._folder is None:
            return build([passage(section) for section in self._sections.values()])
        ids = list(self._sections)
        return open_index(
            self._folder, ids, lambda new: (passage(self._sections[each]) for each in new)
        )


def _place(section: Section) -> str:
    return capsules.render(section.capsule, section.lang, section.headings, brief=True)


def excerpt(section: Section) -> str:
    """A section as it stands before a question: its place and its text."""
    return f"{_place(section)}\n\n{section.text}"


def messages(
    question: str,
    sections: Sequence[Section],
    *,
    lang: Lang,
    overrides: Path | None,
    with_context: str = WITH_CONTEXT,
) -> tuple[Message, ...]:
    """What a model is asked: the bare question, or the question under its context in the prompt
    `with_context`."""
    if not sections:
        return prompts.load(NO_CONTEXT, lang, overrides).render(question=question)
    context = "\n\n".join(map(excerpt, sections))
    prompt = prompts.load(with_context, lang, overrides)
    return prompt.render(context=context, question=question)
