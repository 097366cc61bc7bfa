"""Pairs judged by claim: what a judge is asked to reply about each, and what its reply means."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from shikomi.dataset import entries
from shikomi.dataset.drafts import record
from shikomi.errors import ParseError
from shikomi.types import Sample

ClaimVerdict = Literal["supported", "not supported", "contradicted"]
ASTRAY = "answers another question"
_VERDICTS: tuple[ClaimVerdict, ...] = get_args(ClaimVerdict)
_MOST_CLAIMS = 6  # a small model without a bound splits on to the limit of its reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """`failed` are the claims that are not supported, each as "how: claim"."""

    failed: tuple[str, ...] = ()

    @property
    def passes(self) -> bool:
        return not self.failed


def numbered(pairs: Sequence[Sample]) -> str:
    """The pairs as the prompt shows them. The labels are ASCII in every language."""
    return entries.numbered([(f"Q: {pair.question}", f"A: {pair.answer}") for pair in pairs])


def schema(n: int) -> dict[str, Any]:
    """JSON schema of a reply about `n` pairs."""
    verdict = {"type": "string", "enum": list(_VERDICTS)}
    claim = record({"claim": {"type": "string"}, "verdict": verdict})
    claims = {"type": "array", "minItems": 1, "maxItems": _MOST_CLAIMS, "items": claim}
    return entries.schema(n, {"claims": claims, "answers_question": {"type": "boolean"}})


def parse(text: str) -> dict[int, Judgement]:
    """By the number of the pair; a pair whose entry cannot be read has none. Raises ParseError."""
    return entries.parse(text, _judgement)


def _judgement(entry: dict[str, Any]) -> Judgement:
    claims, answers = entry.get("claims"), entry.get("answers_question")
    if not isinstance(claims, list) or not claims:
        raise ParseError("an entry has no claims")
    if not isinstance(answers, bool):
        raise ParseError('an entry has no true or false under "answers_question"')
    failed = [f"{how}: {claim}" for claim, how in map(_claim, claims) if how != "supported"]
    return Judgement(failed=(*failed, *([] if answers else [ASTRAY])))


def _claim(value: Any) -> tuple[str, str]:
    claim, verdict = (
        (value.get("claim"), value.get("verdict")) if isinstance(value, dict) else (None, None)
    )
    if not isinstance(claim, str) or not claim.strip() or verdict not in _VERDICTS:
        raise ParseError("a claim has no known verdict")
    return " ".join(claim.split()), verdict
