"""What a call may cost and what it did cost, in nano-dollars. Pure."""

import math

from shikomi.hashing import canonical_json
from shikomi.types import Price, Request, Usage

_FIRST_CJK = "\u2e80"
_CHARS_PER_TOKEN_CJK = 1
_CHARS_PER_TOKEN = 3
_TOKENS_PER_MESSAGE = 8  # role names and separators of the chat template
_TOKENS_PER_REQUEST = 32  # a system turn that some templates put in by themselves


def estimate_tokens(text: str) -> int:
    """A cautious estimate, for no tokenizer is at hand: a character a token for Chinese,
    Japanese and Korean, which older vocabularies need, 3 for anything else."""
    cjk = 0 if text.isascii() else sum(map(_FIRST_CJK.__le__, text))
    return math.ceil(cjk / _CHARS_PER_TOKEN_CJK + (len(text) - cjk) / _CHARS_PER_TOKEN)


def most_input_tokens(request: Request) -> int:
    """No tokenizer makes more of a text than its bytes: a token stands for one at least."""
    schema = len(canonical_json(request.schema).encode()) if request.schema else 0
    texts = sum(len(message.content.encode()) for message in request.messages)
    return schema + texts + _TOKENS_PER_MESSAGE * len(request.messages) + _TOKENS_PER_REQUEST


def worst_case_nanousd(request: Request, price: Price | None) -> int | None:
    """The most a call can cost: the input's bytes and all of `max_tokens`. None: unpriced."""
    if price is None:
        return None
    used = Usage(
        input_tokens=most_input_tokens(request) if price.input_nanousd else 0,
        output_tokens=request.max_tokens,
    )
    return cost_nanousd(used, price)


def cost_nanousd(usage: Usage, price: Price) -> int:
    """What the tokens cost; cached ones at the full price, so never too little."""
    return usage.input_tokens * price.input_nanousd + usage.output_tokens * price.output_nanousd


def dollars(nanousd: int) -> str:
    return f"${nanousd / 1e9:.4f}"
