"""English questions that say all of the clause that they ask about."""

import re
from collections.abc import Iterator, Sequence

from shikomi.dataset.giveaways import telling
from shikomi.dataset.naming import without_names, without_opening
from shikomi.sentences import spans

_ENDS_CLAUSE = re.compile(r"(?:;|, (?:and|but)(?= )|, wh(?:ich|o)\b)\s*")
_QUESTION_WORD = re.compile(r"\b(?:what|which|who|whom|how|when|where|why)\b", re.I)
_CIRCUMSTANCE = re.compile(
    r"(?<=\w) (?:when|if|after|before|once|while|until|unless|because|that|which|who|whom|during"
    r"|since)\b.*",
    re.I,
)
_HAS_OWN_VERB = re.compile(r"\b(?:what|which) (?:does|do|did) (?!.*\b(?:do|mean)\b)", re.I)
_STEM = 5  # letters that forms of a word share
_FEWEST = 3  # words of a clause
_WITH_VERB = 4  # of one whose verb may be another than that of the question
_MOSTLY = 0.5  # of what is asked, in the clause that it is about


def says_its_clause(question: str, statement: str, names: Sequence[str] = ()) -> bool:
    """Whether no word is left, as an answer, of the statement's clause that the question asks
    about: "How often does it restart what has missed 4 beats?" of "It beats every 9 seconds, and
    restarts what has missed 4 beats." A question that asks what something does to something may
    have a verb of its own."""
    bare = without_names(without_opening(question, "en", names), names)
    asks = _QUESTION_WORD.search(bare)
    if asks is None:
        return False
    clause = _clause_of(_CIRCUMSTANCE.sub("", bare[asks.end() :]), statement, names)
    asked = set(_stems(bare))
    left = [stem for stem in clause if stem not in asked]
    if len(left) == 1 and len(clause) >= _WITH_VERB and not any(map(str.isdigit, left[0])):
        return _HAS_OWN_VERB.search(bare) is not None
    return bool(clause) and not left


def _clause_of(asked: str, statement: str, names: Sequence[str]) -> list[str]:
    """The words of the clause that shares most of them with `asked`; none where it shares few."""
    words = set(_stems(asked))
    clauses = [_stems(without_names(clause, names)) for clause in _clauses(statement)]
    long = [clause for clause in clauses if len(clause) >= _FEWEST]
    best = max(long, key=lambda clause: len(words.intersection(clause)), default=[])
    n_shared = len(words.intersection(best))
    return best if n_shared >= max(2, _MOSTLY * len(words)) else []


def _clauses(statement: str) -> Iterator[str]:
    """Parts of few words stay with the one before."""
    for start, end in spans(statement):
        clause = ""
        for part in _ENDS_CLAUSE.split(statement[start:end]):
            if clause and len(telling(part, "en")) >= _FEWEST:
                yield clause
                clause = part
            else:
                clause = f"{clause} {part}".strip()
        yield clause


def _stems(text: str) -> list[str]:
    words = (word for word in telling(text, "en") if word != "a")
    return [word.removesuffix("s")[:_STEM] for word in words]
