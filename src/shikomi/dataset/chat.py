"""The only place where a training chat is built."""

from collections.abc import Sequence

from shikomi.hashing import content_id
from shikomi.types import Lang, Message, Sample


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
