"""A pair as a line for a person to decide on, and the one reading of such a line."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from shikomi.errors import UserError
from shikomi.problems import first_problem, json_lines, not_json
from shikomi.text import squeeze
from shikomi.types import Decision, Review, Sample

Find = Callable[[str], Sample | None]


class _Line(BaseModel):
    """What is only there to be read may hold anything; a key too many may be one misspelt."""

    model_config = ConfigDict(extra="forbid")

    id: str
    view: Any = None
    section: Any = None
    evidence: Any = None
    verdicts: Any = None
    taught: Any = None
    question: str | None = None
    answer: str | None = None
    decision: Decision | None = None
    note: str = ""


def line(
    sample: Sample,
    review: Review | None,
    *,
    section: str,
    evidence: str,
    verdicts: Mapping[str, str],
    taught: bool,
) -> str:
    """One line of JSON. A decision that was made stands in it, with the words of an edit."""
    edited = review if review and review.decision == "edit" else sample
    values = {
        "id": sample.id,
        "view": sample.view,
        "section": section,
        "evidence": evidence,
        "verdicts": dict(verdicts),
        "taught": taught,
        "question": edited.question,
        "answer": edited.answer,
        "decision": review.decision if review else None,
        "note": review.note if review else "",
    }
    return json.dumps(values, ensure_ascii=False) + "\n"


def read(text: str, find: Find) -> tuple[list[Review], list[str]]:
    """The decisions of a file, and what is wrong with it, each with its line's number.

    Lines without a decision give nothing. `find` gives a sample by its id, or None.
    """
    reviews: list[Review] = []
    problems: list[str] = []
    first_lines: dict[str, int] = {}
    for n, raw in json_lines(text):
        try:
            found = _parsed(raw)
            if (first := first_lines.setdefault(found.id, n)) != n:
                raise UserError(f"the pair of line {first} once more: leave one of them")
            review = _review(found, find(found.id))
        except UserError as error:
            problems.append(f"line {n}: {error}")
            continue
        reviews += [review] if review else []
    return reviews, problems


def decided(
    sample: Sample,
    decision: Decision,
    *,
    question: str | None = None,
    answer: str | None = None,
    note: str = "",
) -> Review:
    """The same of a decision that is made elsewhere than in a file; words that are not given are
    the sample's.

    Raises:
        UserError: the words contradict the decision, or are none.
    """
    line = _Line(id=sample.id, decision=decision, question=question, answer=answer, note=note)
    found = _review(line, sample)
    assert found is not None
    return found


def _parsed(raw: str) -> _Line:
    try:
        value = json.loads(raw)
        json.dumps(value, ensure_ascii=False).encode()
        return _Line.model_validate(value)
    except ValidationError as error:
        raise UserError(first_problem(error)) from None
    except UnicodeEncodeError:
        raise UserError("holds half of a character (\\ud800 to \\udfff)") from None
    except (ValueError, RecursionError) as error:
        raise UserError(not_json(error)) from None


def _review(line: _Line, sample: Sample | None) -> Review | None:
    if sample is None:
        raise UserError(f"there is no pair {line.id}")
    question = _words(line.question, sample.question)
    answer = _words(line.answer, sample.answer)
    is_changed = (question, answer) != (sample.question.strip(), sample.answer.strip())
    if problem := _problem(line, is_changed=is_changed):
        raise UserError(problem)
    if line.decision is None:
        return None
    if line.decision != "edit":
        question = answer = ""
    elif not (squeeze(question) and squeeze(answer)):
        raise UserError('an edited pair needs a question and an answer; "reject" leaves it out')
    return Review(
        sample_id=line.id,
        decision=line.decision,
        question=question,
        answer=answer,
        note=line.note.strip(),
    )


def _words(given: str | None, written: str) -> str:
    return (written if given is None else given).strip()


def _problem(line: _Line, *, is_changed: bool) -> str | None:
    """What in a line contradicts its decision; nobody's work is left aside in silence."""
    if line.decision == "edit" and not is_changed:
        return 'nothing is edited: change question or answer, or write "accept"'
    if line.decision == "accept" and is_changed:
        return '"accept" takes the pair as it was written: for other words write "edit"'
    if line.decision is None and is_changed:
        return 'question or answer is changed, but there is no decision: write "edit"'
    if line.decision is None and line.note.strip():
        return "a note needs a decision beside it"
    return None
