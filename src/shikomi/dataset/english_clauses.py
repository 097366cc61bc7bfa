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
_ASKS_NAME = re.compile(r"\bnames? of\b|\b(?:call|nam)ed\b", re.I)
_STEM = 5  # letters that forms of a word share
_FEWEST = 3  # words of a clause
_WITH_VERB = 4  # of one whose verb may be another than that of the question
_MOSTLY = 0.5  # of what is asked, in the clause that it is about


def says_its_clause(question: str, statement: str, names: Sequence[str] = ()) -> bool:
    """Whether no word is left, as an answer, of the statement's clause that the question asks
    about: "How often does it restart what has missed 4 beats?" of "It beats every 9 seconds, and
    restarts what has missed 4 beats." A question that asks what something does to something may
    have a verb of its own; a name may be made of words that its question has anyway."""
    bare = without_names(without_opening(question, "en", names), names)
    clause = _clause_of(what_is_asked(bare), statement, names)
    asked = set(stems(bare))
    left = [stem for stem in clause if stem not in asked]
    if len(left) == 1 and len(clause) >= _WITH_VERB and not any(map(str.isdigit, left[0])):
        return has_own_verb(bare)
    return bool(clause) and not left and not _ASKS_NAME.search(bare)


def what_is_asked(question: str) -> str:
    """What follows the question word, less the circumstances; "" where there is no such word."""
    asks = _QUESTION_WORD.search(question)
    return _CIRCUMSTANCE.sub("", question[asks.end() :]) if asks else ""


def has_own_verb(question: str) -> bool:
    """Whether it asks what something does to something, not what it does or means."""
    return _HAS_OWN_VERB.search(question) is not None


def _clause_of(asked: str, statement: str, names: Sequence[str]) -> list[str]:
    """The words of the clause that shares most of them with `asked`; none where it shares few."""
    words = set(stems(asked))
    clauses = [stems(without_names(clause, names)) for clause in _clauses(statement)]
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


def stems(text: str) -> list[str]:
    """The telling words of a text, each as its forms begin: holds and hold are one."""
    words = (word for word in telling(text, "en") if word != "a")
    return [word.removesuffix("s")[:_STEM] for word in words]
