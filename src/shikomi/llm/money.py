"""What a call may cost and what it did cost, in nano-dollars. Pure."""

import math

from shikomi.hashing import canonical_json
from shikomi.types import Price, Request, Usage

_FIRST_CJK = "\u2e80"
_CHARS_PER_TOKEN_CJK = 1.5
_CHARS_PER_TOKEN = 3
_TOKENS_PER_MESSAGE = 8  # role names and separators of the chat template


def estimate_tokens(text: str) -> int:
    """A cautious estimate, for no tokenizer is at hand: 1.5 characters a token for
    Chinese, Japanese and Korean, 3 for anything else."""
    cjk = 0 if text.isascii() else sum(map(_FIRST_CJK.__le__, text))
    return math.ceil(cjk / _CHARS_PER_TOKEN_CJK + (len(text) - cjk) / _CHARS_PER_TOKEN)


def estimate_input_tokens(request: Request) -> int:
    schema = estimate_tokens(canonical_json(request.schema)) if request.schema else 0
    return schema + sum(
        estimate_tokens(message.content) + _TOKENS_PER_MESSAGE for message in request.messages
    )


def worst_case_nanousd(request: Request, price: Price | None) -> int | None:
    """The most a call should cost: estimated input and all of `max_tokens`. None: unpriced."""
    if price is None:
        return None
    used = Usage(
        input_tokens=estimate_input_tokens(request) if price.input_nanousd else 0,
        output_tokens=request.max_tokens,
    )
    return cost_nanousd(used, price)


def cost_nanousd(usage: Usage, price: Price) -> int:
    """What the tokens cost; cached ones at the full price, so never too little."""
    return usage.input_tokens * price.input_nanousd + usage.output_tokens * price.output_nanousd


def dollars(nanousd: int) -> str:
    return f"${nanousd / 1e9:.4f}"
