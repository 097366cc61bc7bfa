"""Questions shown alone: can anyone tell what each asks about?"""

from collections.abc import Sequence
from typing import Any

from shikomi.dataset import entries
from shikomi.errors import ParseError

_PROBLEMS = {
    "none": "",
    "unnamed": "does not say what it asks about",
    "dangling": "refers to something that is not there",
}


def numbered(questions: Sequence[str]) -> str:
    """The questions as the prompt shows them. The label is ASCII in every language."""
    return entries.numbered([(f"Q: {question}",) for question in questions])


def schema(n: int) -> dict[str, Any]:
    """JSON schema of a reply about `n` questions: first what each is about, then the problem."""
    problem = {"type": "string", "enum": list(_PROBLEMS)}
    return entries.schema(n, {"subject": {"type": "string"}, "problem": problem})


def parse(text: str) -> dict[int, str]:
    """By number, why the question cannot be understood alone, with what it was taken to be about;
    "" where it can. Raises ParseError."""
    return entries.parse(text, _problem)


def _problem(entry: dict[str, Any]) -> str:
    subject, problem = entry.get("subject"), entry.get("problem")
    if not isinstance(subject, str) or not isinstance(problem, str) or problem not in _PROBLEMS:
        raise ParseError("an entry has no subject with a known problem")
    reason = _PROBLEMS[problem]
    return f"{reason}: {' '.join(subject.split())}" if reason else ""
