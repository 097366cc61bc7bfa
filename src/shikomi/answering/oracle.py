"""The sections that a question is about: what a search that never fails would find."""

from collections.abc import Iterable, Sequence

from shikomi.answering import Retriever
from shikomi.corpus.blocks import headings
from shikomi.text import squeeze
from shikomi.types import Question, Section

VERSION = 1


class Oracle:
    """Gives the sections of the page and heading that a question names.

    Of more than `k` of them, the `k` nearest to the question: as many as search would give.
    """

    def __init__(self, sections: Iterable[Section], *, k: int) -> None:
        self._k = k
        self._pages: dict[str, list[Section]] = {}
        for section in sections:
            self._pages.setdefault(section.path, []).append(section)

    def knows(self, question: Question) -> bool:
        """Whether the question names a page that is there."""
        return question.page in self._pages

    def sections(self, question: Question) -> tuple[Section, ...]:
        """In the order of the documents; none where the question names no page."""
        return self._nearest(question.question, self.named(question))

    def named(self, question: Question) -> list[Section]:
        """All that stand below the heading that the question names.

        A heading that is not on its page (any more) leaves all of the page.
        """
        page, _, heading = question.section.partition("#")
        on_page = self._pages.get(page, [])
        under = [each for each in on_page if heading and _is_under(each, squeeze(heading))]
        return under or on_page

    def _nearest(self, question: str, found: Sequence[Section]) -> tuple[Section, ...]:
        if len(found) <= self._k:
            return tuple(found)
        return Retriever(found, k=self._k).search(question) or tuple(found[: self._k])


def _is_under(section: Section, heading: str) -> bool:
    """Whether it stands under the heading, or has it within: small sections are joined."""
    titles = (*section.headings, *(block.title for block in headings(section.text)))
    return any(squeeze(title) == heading for title in titles)
