"""English questions that their answers do not answer, as far as a program can tell."""

import re
from collections.abc import Sequence

from shikomi.dataset.giveaways import telling
from shikomi.dataset.naming import without_names, without_opening
from shikomi.text import numbers, squeeze

_MONTH = r"january|february|march|april|may|june|july|august|september|october|november|december"
_ASKS_WHEN = re.compile(r"^when\b|\b(?:what|which) (?:year|month|day|date|time)\b", re.I)
_TIMES = re.compile(
    rf"\d|\b(?:{_MONTH}|spring|summer|autumn|winter|[a-z]*days?|[a-z]*nights?|mornings?|evenings?"
    r"|noon|hours?|minutes?|weeks?|months?|years?|century|centuries|times?|when|whenever|while|after"
    r"|before|until|till|once|twice|soon|during|if|since|upon|on|at|by|then|later|end|start"
    r"|beginning|first|last|next|every|each|immediately|instantly|always|never|daily|hourly|weekly"
    r"|monthly|yearly|annually|already|now|today|follow\w*|as|unless|on\w+ing|in the)\b",
    re.I,
)
_UNIT = (
    r"(?:(?:milli)?seconds?|minutes?|hours?|days?|weeks?|months?|years?|ms|(?:kilo|mega|giga)?bytes?"
    r"|[kmgt]b|percent|%)"
)
_HOW_MANY_THINGS = re.compile(rf"\bhow many (?!(?:[a-z]+ ){{0,2}}{_UNIT}\b)[a-z]", re.I)
_MEASURE = re.compile(rf"(?:\b(?:once |twice )?every )?\d[\d,.]*[ -]?{_UNIT}(?!\w)", re.I)
_ASKS_AMOUNT = re.compile(r"\bhow (?:many|long|often|old)\b|\bwhat percentage\b", re.I)
_COUNT = (
    r"zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+ty|hundreds?"
    r"|thousands?|millions?|half|thirds?|quarters?|dozens?|once|twice|both|single|no|none|all|any"
    r"|every|each|several|few|many|most|some|unlimited|infinite\w*"
)
_COUNTS = re.compile(rf"\b(?:{_COUNT})\b", re.I)
_AMOUNTS = re.compile(
    rf"\b(?:{_COUNT}|always|never|daily|hourly|weekly|monthly|yearly|annually|regularly|rarely"
    r"|continuous\w*|constantly|until|till|while|long|short|briefly|forever|permanent\w*"
    r"|indefinite\w*|same|a|an)\b",
    re.I,
)
_ASKS_WHY = re.compile(r"\bwhy\b", re.I)
_NO_REASONS = re.compile(
    r"\bso[- ]called\b|\bfor (?:all|each|every|example|instance)\b|\bas (?:well|a whole)\b"
    r"|\baccording to\b|\bsuch as\b",
    re.I,
)
_REASONS = re.compile(
    r"\b(?:because|since|so|due|therefore|thus|hence|as|to|for|by|reasons?|causes?|caused|owing)\b",
    re.I,
)
_BECAUSE = re.compile(r"\b(?:because|since)\b", re.I)
_ASKS_CAUSE = re.compile(
    r"\bwhat (?:is|was|are|were) the (?:\w+ )?(?:causes?|reasons?)\b|\bwhat caused\b", re.I
)
_CAUSES = re.compile(
    r"\b(?:because|since|due|owing|so|therefore|thus|hence|reasons?|caus\w+|result\w*|led|leads?"
    r"|blam\w+|thanks|from|trigger\w*|origin\w*|respons\w+|fault|to)\b",
    re.I,
)
_TWICE = re.compile(r"\band,? (?:then )?(?:how|why|what|when|where|who|which)\b", re.I)
_MOSTLY, _HARDLY = 0.6, 0.5  # of a question's words behind and before a "because"
_PREPOSITION = r"in|on|at|under|from|with|by|for|against|into|through"
_AUXILIARY = (
    r"is|are|was|were|do|does|did|can|could|must|may|might|will|would|shall|should|has|have|had"
)
_OF_WHAT = re.compile(
    rf"\b({_PREPOSITION}) (?:what|which) ((?:[\w'-]+ )*?[\w'-]+)"
    rf"(?= (?:{_AUXILIARY}|{_PREPOSITION}|of|to)\b|\?)",
    re.I,
)
_STRANDED = re.compile(
    r"\b(with|against|from|for|by|under|into|through)(?: (?:after|before|when|while|during)\b|\?)",
    re.I,
)
_SAME = {each: ("in", "on", "at") for each in ("in", "on", "at")}
_OPEN_TEXT = (
    "way ways manner case cases order form sense situation circumstances conditions year years"
    " month day date time times century hour"
)
_OPEN = frozenset(_OPEN_TEXT.split())  # no statement need say so of a manner or time that it has
_GENERAL_TEXT = (
    "name names named mean means meaning purpose role called main type kind part process happen"
    " happens happened use used difference between term terms"
)
_GENERAL = frozenset(_GENERAL_TEXT.split())
_STEM = 5  # letters that forms of a word share
_ADRIFT, _FEWEST = 0.5, 3  # so much of a question, and so many words of it


def lacks_answer(question: str, answer: str, names: Sequence[str] = ()) -> bool:
    """Whether it asks why, when or how many, and its answer gives no reason, no time, or no amount
    but those that the question has. How many things there are is told by no length of time."""
    bare = without_opening(question, "en", names)
    if _ASKS_WHY.search(bare) and not _REASONS.search(_NO_REASONS.sub(" ", answer)):
        return True
    if _ASKS_WHEN.search(bare) and not _TIMES.search(answer):
        return True
    if _HOW_MANY_THINGS.search(bare) and (told := _MEASURE.sub(" ", answer)) != answer:
        new = set(numbers(told)) - set(numbers(bare))
        return not new and not _COUNTS.search(told)
    new = set(numbers(answer)) - set(numbers(bare))
    return bool(_ASKS_AMOUNT.search(bare)) and not new and not _AMOUNTS.search(answer)


def lacks_object(question: str, statement: str) -> bool:
    """Whether it asks with what, or in which body, and the statement has neither this preposition
    nor such a thing. A writer who rewords freely may have put it otherwise: this is for answers
    that are the statement itself."""
    if found := _OF_WHAT.search(question):
        kinds = [word for word in found[2].casefold().split() if word not in _OPEN]
        said = squeeze(statement)
        if not kinds or any(squeeze(kind)[:_STEM] in said for kind in kinds):
            return False
        return not _has_word(statement, _SAME.get(found[1].lower(), (found[1],)))
    stranded = _STRANDED.search(question)
    return stranded is not None and not _has_word(statement, (stranded[1],))


def asks_beyond(question: str, statement: str, *, names: Sequence[str]) -> bool:
    """Whether it asks two things, for the cause of what the statement tells none of, or why it is
    so what the statement tells as a reason itself: no single statement answers that."""
    bare = without_opening(question, "en", names)
    if _TWICE.search(bare) or (_ASKS_CAUSE.search(bare) and not _CAUSES.search(statement)):
        return True
    if not _ASKS_WHY.search(bare) or not (because := _BECAUSE.search(statement)):
        return False
    words = [word for word in telling(without_names(bare, names), "en") if word != "why"]
    parts = statement[: because.start()], statement[because.end() :]
    before, behind = (sum(w[:_STEM] in squeeze(part) for w in words) for part in parts)
    return behind >= _MOSTLY * len(words) and before < _HARDLY * len(words)


def is_adrift(
    question: str, own: Sequence[str], section: str, *, names: Sequence[str], known: Sequence[str]
) -> bool:
    """Whether half of what a question says, or more, stands elsewhere in its section and not in its
    own statement and answer, the system's `names` and the words of `known`, such as headings,
    aside: a writer that copies asks about something else then."""
    told, elsewhere = squeeze(" ".join([*own, *known])), squeeze(section)
    bare = without_names(without_opening(question, "en", names), names)
    words = [word for word in telling(bare, "en") if word not in _GENERAL]
    adrift = [w for w in words if w and w[:_STEM] not in told and w[:_STEM] in elsewhere]
    return len(adrift) >= _FEWEST and len(adrift) >= _ADRIFT * len(words)


def _has_word(text: str, words: Sequence[str]) -> bool:
    return re.search(rf"\b(?:{'|'.join(words)})\b", text, re.IGNORECASE) is not None
