"""What a rolling conversation asks."""

from collections.abc import Sequence

from shikomi import prompts
from shikomi.corpus import capsule as capsules
from shikomi.dataset import conversation, drafts
from shikomi.dataset.conversation import Page
from shikomi.llm import embeddings
from shikomi.stages.context import Context
from shikomi.types import Attempt, Message, Request

_QUESTION_TOKENS = 160
_ANSWER_TOKENS = 400


def question(ctx: Context, page: Page, asked: Sequence[Attempt]) -> Request:
    """Asks for one more question after those that were `asked`. The page's turn always stays; each
    attempt has sample numbers of its own, for without history all requests are alike."""
    settings, lang = ctx.config.rolling, page.lang
    opening = prompts.load("rolling", lang, ctx.prompts).render(**_document(page))
    again = prompts.load("rolling_again", lang, ctx.prompts).render()
    turns: list[Message] = []
    for text in conversation.held(asked, history=settings.history):
        turns += [Message(role="assistant", content=drafts.as_reply(text)), *again]
    return Request(
        endpoint=ctx.endpoints.identity("generator"),
        model=ctx.config.models.generator.model,
        messages=(*opening, *turns),
        temperature=settings.temperature,
        top_p=settings.top_p,
        max_tokens=_QUESTION_TOKENS,
        seed=ctx.config.generate.seed,
        schema=drafts.question_schema(lang, page.names),
        sample=len(asked) * ctx.config.generate.tries,
    )


def answer(ctx: Context, page: Page, question: str) -> Request:
    prompt = prompts.load("rolling_answer", page.lang, ctx.prompts)
    return Request(
        endpoint=ctx.endpoints.identity("generator"),
        model=ctx.config.models.generator.model,
        messages=prompt.render(**_document(page), question=question),
        max_tokens=_ANSWER_TOKENS,
        seed=ctx.config.generate.seed,
    )


def likeness(ctx: Context, text: str) -> Request:
    """Asks for a question's vector."""
    return embeddings.request(
        text,
        endpoint=ctx.endpoints.identity("embeddings"),
        model=ctx.config.models.embeddings.model,
    )


def _document(page: Page) -> dict[str, str]:
    capsule = page.sections[0].capsule
    return {
        "system": capsules.system_name(capsule),
        "capsule": capsules.render(capsule, page.lang),
        "document": page.text,
    }
