"""What hosts charge for their models: offline, from the package genai-prices."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.metadata import distribution
from pathlib import Path

from shikomi.llm.endpoint import is_loopback
from shikomi.types import Price

_PACKAGE = "genai-prices"
_INPUT_TOKENS = 30_000  # some hosts charge more for longer prompts than are sent here
_OUTPUT_TOKENS = 1_000
_NANO = 10**9
_BATCHES = {"processing": "batch"}  # the package's words for them


def nanousd(dollars_a_million: float) -> int:
    """Nano-dollars a token, rounded up, so that a sum is never too low."""
    return math.ceil(round(dollars_a_million * 1000, 6))


def of_host(base_url: str, model: str, *, is_batched: bool = False) -> Price | None:
    """The price at the host of `base_url`, at its dearest hour of the day to come.

    None where it is unknown. A model's name alone tells nothing: the same weights cost otherwise
    elsewhere, or nothing.
    """
    if is_loopback(base_url):
        return None
    found = _day(base_url, model, is_batched=is_batched)
    # the package gives the usual price where it knows none for batches
    if not found or (is_batched and found == _day(base_url, model, is_batched=False)):
        return None
    inputs, outputs = zip(*found, strict=True)
    return Price(
        input_nanousd=math.ceil(max(inputs)),
        output_nanousd=math.ceil(max(outputs)),
        source=_source(),
    )


def _day(base_url: str, model: str, *, is_batched: bool) -> list[tuple[Decimal, Decimal]]:
    """Input and output, nano-dollars a token, at each hour; nothing where one is unknown."""
    now = datetime.now(UTC)
    hours = [now + timedelta(hours=hour) for hour in range(24)]
    context = _BATCHES if is_batched else None
    try:
        found = [pair for hour in hours for pair in _at(base_url, model, hour, context)]
    except LookupError:
        return []
    return found if len(found) == len(hours) else []


def _at(
    base_url: str, model: str, when: datetime, context: dict[str, str] | None
) -> Iterator[tuple[Decimal, Decimal]]:
    """Input and output, nano-dollars a token; nothing where a call also costs by itself.

    Raises LookupError: the host or its model is not known.
    """
    from genai_prices import Usage, calc_price

    usage = Usage(input_tokens=_INPUT_TOKENS, output_tokens=_OUTPUT_TOKENS)
    cost = calc_price(
        usage,
        model,
        provider_api_url=base_url,
        genai_request_timestamp=when,
        price_context=context,
    )
    known = cost.model_price.input_mtok is not None and cost.model_price.output_mtok is not None
    if known and cost.total_price == cost.input_price + cost.output_price:
        yield cost.input_price * _NANO / _INPUT_TOKENS, cost.output_price * _NANO / _OUTPUT_TOKENS


def _source() -> str:
    """The package tells no date of its own: its prices are no newer than its installation."""
    package = distribution(_PACKAGE)
    data = Path(str(package.locate_file("genai_prices/data.py")))
    installed = datetime.fromtimestamp(data.stat().st_mtime, UTC).date().isoformat()
    return f"{_PACKAGE} {package.version}, installed {installed}"
