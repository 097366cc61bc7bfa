"""How far the conversations about the current pages are, read from the store."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from shikomi import prompts
from shikomi.dataset import conversation
from shikomi.dataset.conversation import Page
from shikomi.hashing import content_id
from shikomi.stages.context import Context
from shikomi.stages.planning import facts_by_section
from shikomi.store import attempts, corpus, progress
from shikomi.types import Attempt, Lang, Section

STAGE = "generate"
VERSION = 2
PROMPTS = ("rolling", "rolling_again", "rolling_answer")
_NOT_IN_REQUESTS = {"questions", "attempts"}


@dataclass
class Talk:
    """The conversation about one page, as far as it is. `failures` are its last ones in a row, of
    this run alone."""

    page: Page
    print_id: str
    attempts: list[Attempt]
    failures: int = 0

    @property
    def questions(self) -> list[Attempt]:
        """Those that were kept."""
        return [attempt for attempt in self.attempts if not attempt.reason]

    @property
    def reasons(self) -> Counter[str]:
        """Why the others were not."""
        return Counter(each.reason.split(":")[0] for each in self.attempts if each.reason)

    def subjects(self) -> Iterator[str]:
        """What can fail: the conversation, and the answer to each kept question."""
        yield self.page.id
        yield from map(self.page.batch_id, self.questions)


def pages(ctx: Context) -> list[Page]:
    """The pages that have facts, in reading order."""
    facts = facts_by_section(ctx)
    by_path: dict[str, list[Section]] = {}
    for section in corpus.current_sections(ctx.store):
        by_path.setdefault(section.path, []).append(section)
    found = (
        Page(
            sections=tuple(sections),
            facts=tuple(fact for section in sections for fact in facts.get(section.id, ())),
        )
        for sections in by_path.values()
    )
    return [page for page in found if page.facts]


def talks(ctx: Context) -> list[Talk]:
    """Those about the current pages under the current settings, in reading order."""
    found = pages(ctx)
    prints = {lang: fingerprint(ctx, lang) for lang in {page.lang for page in found}}
    known = {lang: attempts.by_conversation(ctx.store, each) for lang, each in prints.items()}
    most = ctx.config.rolling.questions
    return [
        Talk(
            page=page,
            print_id=prints[page.lang],
            attempts=conversation.current(known[page.lang].get(page.id, ()), questions=most),
        )
        for page in found
    ]


def unfinished(ctx: Context, found: Sequence[Talk]) -> list[Talk]:
    """Those that go on: too few questions, attempts left, and not failed."""
    limits = ctx.config.rolling
    failed = failed_subjects(ctx, found)
    return [
        talk
        for talk in found
        if len(talk.questions) < limits.questions
        and len(talk.attempts) < limits.most_attempts
        and talk.page.id not in failed
    ]


def unanswered(ctx: Context, found: Sequence[Talk]) -> list[tuple[Talk, Attempt]]:
    """The kept questions whose answer has neither come nor failed."""
    settled = set(failed_subjects(ctx, found))
    for print_id in _prints(found):
        settled |= progress.done_subjects(ctx.store, STAGE, print_id)
    return [
        (talk, each)
        for talk in found
        for each in talk.questions
        if talk.page.batch_id(each) not in settled
    ]


def failed_subjects(ctx: Context, found: Sequence[Talk]) -> dict[str, str]:
    """Conversations and answers that failed, with their reasons."""
    known: dict[str, str] = {}
    for print_id in _prints(found):
        known |= progress.failed_subjects(ctx.store, STAGE, print_id)
    return {each: known[each] for talk in found for each in talk.subjects() if each in known}


def fingerprint(ctx: Context, lang: Lang) -> str:
    """The settings of the conversations, the prompts' texts, the models' identities."""
    settings = ctx.config.rolling.model_dump(exclude=_NOT_IN_REQUESTS)
    has_embeddings = bool(ctx.config.models.embeddings.model)
    likeness = ctx.endpoints.identity("embeddings") if has_embeddings else "lexical"
    texts = [prompts.load(name, lang, ctx.prompts).id for name in PROMPTS]
    texts.append(prompts.load("answer", lang, ctx.prompts).id)
    identity = ctx.endpoints.identity("generator")
    own = [settings, ctx.config.generate.seed, identity, likeness, texts]
    return content_id([STAGE, "rolling", VERSION, own])


def _prints(found: Iterable[Talk]) -> set[str]:
    return {talk.print_id for talk in found}
