"""A judge's reply has one reading: the schema below, or `ParseError`."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast, get_args

from shikomi.errors import ParseError
from shikomi.types import VerdictValue

VALUES: tuple[VerdictValue, ...] = get_args(VerdictValue)
_FENCE = re.compile(r"\A```(?:json)?[^\S\n]*\n(.*)\n```\Z", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far two sets of verdicts on the same answers agree.

    `share` is same / n. `kappa` is Cohen's: 0 as by chance, 1 full; None where chance alone
    would always agree (both use a single and the same value) or n is 0.
    """

    n: int
    same: int
    share: float
    kappa: float | None


def judge_schema() -> dict[str, Any]:
    """The JSON schema to send with the judge's request."""
    return {
        "type": "object",
        "properties": {"verdict": {"type": "string", "enum": list(VALUES)}},
        "required": ["verdict"],
        "additionalProperties": False,
    }


def parse_judgement(reply: str) -> VerdictValue:
    """Read a judge's reply; one code fence and a BOM may surround the JSON, nothing else.

    Raises ParseError where it is not exactly the object of `judge_schema`.
    """
    data = _object(reply)
    if set(data) != {"verdict"}:
        raise ParseError(f"the judge's reply has the keys {sorted(data)}, not just verdict")
    value = data["verdict"]
    if value not in VALUES:
        raise ParseError(f"the judge's reply has no known verdict: {value!r}")
    return cast(VerdictValue, value)


def _object(reply: str) -> dict[str, Any]:
    text = reply.removeprefix("\ufeff").strip()
    fenced = _FENCE.match(text)
    try:
        data = json.loads(fenced[1] if fenced else text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"the judge's reply is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise ParseError("the judge's reply is not a JSON object")
    return data


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("a key stands twice")
    return data


def agreement(pairs: Iterable[tuple[VerdictValue | None, VerdictValue | None]]) -> Agreement:
    """Compare two scorers, e.g. program and judge; a pair with None (unscored) is left out."""
    scored = [(one, other) for one, other in pairs if one is not None and other is not None]
    n = len(scored)
    if n == 0:
        return Agreement(n=0, same=0, share=0.0, kappa=None)
    same = sum(one == other for one, other in scored)
    chance = expected_by_chance(scored)
    kappa = None if chance == 1 else (same / n - chance) / (1 - chance)
    return Agreement(n=n, same=same, share=same / n, kappa=kappa)


def expected_by_chance(pairs: Sequence[tuple[VerdictValue, VerdictValue]]) -> float:
    """The share of same verdicts that two scorers as free with each value would have by chance;
    there must be a pair."""
    ones, others = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    return sum(ones[value] * others[value] for value in VALUES) / len(pairs) ** 2
