"""What a judge that does as it is told replies about numbered pairs and questions."""

import json
import re

_PAIR = re.compile(r"(?ms)^\d+\.\nQ: (.*?)\nA: (.*?)(?=\n\d+\.\nQ: |\n</pairs>)")
_NUMBERED = re.compile(r"(?ms)^\d+\.\nQ: (.*?)(?=\n\d+\.\nQ: |\n</questions>)")


def pairs(body) -> list[tuple[str, str]]:
    """The (question, answer) pairs that a judge is shown."""
    return _PAIR.findall(body["messages"][-1]["content"])


def judged(body, failing=lambda question, answer: None) -> str:
    """A reply about all pairs. `failing` may give (claim, how) of a claim that is not supported,
    or False for a pair that is left out."""
    entries = []
    for number, (question, answer) in enumerate(pairs(body), start=1):
        found = failing(question, answer)
        if found is False:
            continue
        claims = [{"claim": answer, "verdict": "supported"}]
        claims += [{"claim": found[0], "verdict": found[1]}] if found else []
        entries.append({"number": number, "claims": claims, "answers_question": True})
    return json.dumps({"entries": entries}, ensure_ascii=False)


def questions(body) -> list[str]:
    """The questions that are shown alone."""
    return _NUMBERED.findall(body["messages"][-1]["content"])


def alone(body, failing=lambda question: None) -> str:
    """A reply about all questions. `failing` may give the problem of one, or False for one that
    is left out."""
    entries = []
    for number, question in enumerate(questions(body), start=1):
        found = failing(question)
        if found is not False:
            entry = {"number": number, "subject": question[:40], "problem": found or "none"}
            entries.append(entry)
    return json.dumps({"entries": entries}, ensure_ascii=False)
