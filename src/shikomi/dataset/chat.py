"""The only place where a training chat is built."""

from collections.abc import Sequence
from dataclasses import replace

from shikomi.hashing import content_id
from shikomi.types import Lang, Message, Sample

PAIRS = frozenset({"qa", "lookup"})  # views of a question and its answer alone
QUESTIONS = PAIRS | {"keywords", "cross"}  # views that ask one thing each


def sample(
    prompt: Sequence[Message],
    answer: str,
    *,
    view: str,
    lang: Lang,
    section_ids: tuple[str, ...],
    fact_ids: tuple[str, ...] = (),
    call_id: int | None = None,
) -> Sample:
    """A chat whose last turn, the answer, is what the model learns.

    The same prompt, answer and facts always give the same id.
    """
    messages = (*prompt, Message(role="assistant", content=answer))
    key = [view, [[m.role, m.content] for m in messages], section_ids, fact_ids]
    return Sample(
        id=content_id(key),
        view=view,
        lang=lang,
        messages=messages,
        section_ids=section_ids,
        fact_ids=fact_ids,
        call_id=call_id,
    )


def asked_as(original: Sample, prompt: Sequence[Message], *, view: str) -> Sample:
    """The same answer, and where it is from, below another prompt."""
    return _made_of(original, prompt, original.answer, view=view)


def reworded(original: Sample, *, question: str, answer: str) -> Sample:
    """The same sample in a person's words: what it is about, and where it is from, stay."""
    prompt = (*original.messages[:-2], Message(role="user", content=question))
    return _made_of(original, prompt, answer, view=original.view)


def _made_of(original: Sample, prompt: Sequence[Message], answer: str, *, view: str) -> Sample:
    made = sample(
        prompt,
        answer,
        view=view,
        lang=original.lang,
        section_ids=original.section_ids,
        fact_ids=original.fact_ids,
        call_id=original.call_id,
    )
    return replace(made, phrasing=original.phrasing)
