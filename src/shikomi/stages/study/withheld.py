"""Which rows of the dataset would tell the study's model what it is not to be told."""

from collections.abc import Collection, Iterable, Sequence

from shikomi.dataset.chat import QUESTIONS
from shikomi.dataset.splits import KnownQuestions
from shikomi.evaluation.answers import matches
from shikomi.stages import negatives, open_book, replay, structure
from shikomi.stages.askable import Askable
from shikomi.stages.context import Context
from shikomi.store import corpus
from shikomi.text import squeeze
from shikomi.types import Question, Sample, Section

DOCUMENTS = frozenset({"section", "rewrite", "focal"})  # views that are read, not asked
_LISTS = frozenset({structure.VIEW, negatives.VIEW})
_BELOW_SECTIONS = frozenset({open_book.VIEW, open_book.FROM_MEMORY})
_LONG = 40  # characters of a line that tell a section by


class Withheld:
    """`never_seen` are pages that are in nothing, `unseen` pairs of theirs that are asked;
    `only_read` are those whose facts nobody else asks about."""

    def __init__(
        self,
        ctx: Context,
        *,
        never_seen: Collection[str],
        unseen: Sequence[Askable],
        only_read: Sequence[Askable],
    ) -> None:
        sections, facts = corpus.current_sections(ctx.store), corpus.current_facts(ctx.store)
        away = [section for section in sections if section.path in never_seen]
        self._sections = {section.id for section in away}
        said = {squeeze(each.fact.statement) for each in only_read}
        self.facts = frozenset(
            fact.id
            for fact in facts
            if fact.section_id in self._sections or squeeze(fact.statement) in said
        )
        self._lines = tuple(dict.fromkeys(filter(None, map(_telling_line, away))))
        self._titles = _titles(away, ctx.config.project.names)
        self._asked: dict[str, list[Question]] = {}
        for each in only_read:
            self._asked.setdefault(each.section.id, []).append(each.question("H2"))
        read = [question for found in self._asked.values() for question in found]
        withheld = [*(each.question("H4") for each in unseen), *read]
        self.questions = {question.id: question for question in withheld}
        self._guard = KnownQuestions(
            ((each.id, each.question) for each in withheld),
            threshold=ctx.config.holdout.leak_jaccard,
            names=ctx.config.project.names,
        )

    def takes(self, row: Sample) -> bool:
        """Whether the row is not for the study's model."""
        if self._sections.intersection(row.section_ids) or self.facts.intersection(row.fact_ids):
            return True
        if row.view in DOCUMENTS or row.view == replay.VIEW:
            return False
        return self._shows_a_page(row) or self._answers(row)

    def _shows_a_page(self, row: Sample) -> bool:
        if row.view in _LISTS:
            said = squeeze(f"{row.question} {row.answer}")
            return any(title in said for title in self._titles)
        return row.view in _BELOW_SECTIONS and any(line in row.question for line in self._lines)

    def _answers(self, row: Sample) -> bool:
        asked = [question for each in row.section_ids for question in self._asked.get(each, ())]
        twin = self._guard.twin(row.question) if row.view in QUESTIONS else None
        asked += [self.questions[twin[0]]] if twin else []
        return any(matches(row.answer, question.accept) for question in asked)


def _telling_line(section: Section) -> str:
    longest = max((line.strip() for line in section.text.splitlines()), key=len, default="")
    return longest[:_LONG]


def _titles(away: Iterable[Section], names: Sequence[str]) -> frozenset[str]:
    known = {squeeze(name) for name in names}
    found = {squeeze(section.capsule.breadcrumb[-1]) for section in away}
    return frozenset(title for title in found - known if len(title) > 1)
