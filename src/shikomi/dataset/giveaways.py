"""Questions that say themselves what they ask for: nobody learns anything by answering them."""

import re
from collections.abc import Sequence

from shikomi.dataset.keywords import FUNCTION_WORDS
from shikomi.text import QUOTED, identifiers, numbers, plain, squeeze
from shikomi.types import Lang

_WORDS = {
    "en": re.compile(r"[^\W_]+"),
    "ja": re.compile(r"[々〆一-鿿]+|[ァ-ヺー]{2,}|[A-Za-z0-9]+"),
}
# not the brackets of a call: f(x)
_ASIDE = re.compile(r"(?:(?<![\w$%@&.])\(|(?<=[^\x00-\x7f])\(|（)[^()（）]*[)）]")
_ASKS = {  # what makes a question ask for more than yes or no
    "en": re.compile(r"\b(?:what|which|who|whom|whose|when|where|why|how|or|name|list)\b", re.I),
    "ja": re.compile(
        r"何(?!か[がをにはもで])|[幾誰]|(?:いく[つら]|いつ|ど[これ]|だれ)(?!に?も)|ど[のんうち]|どなた|なぜ|なん[のでと]|なに|いか[になほ]"
        r"|いずれ|それとも|か、|(?<!と)(?<!ことを)(?:教え|挙げ|述べ|説明)"
    ),
}
_ENDS_AS_YES_OR_NO = {
    "en": re.compile(r"\?\s*$"),
    "ja": re.compile(r"(?:か|[うくぐすつぬぶむるただい])[?？]\s*$"),
}
_NOT = {
    "en": re.compile(r"\b(?:not|no|never|cannot|none|nor|without|unless|only)\b|n't\b", re.I),
    "ja": re.compile(r"(?:ない|なかっ|ません|ず|ぬ)[^。]{0,8}。?\Z|のみ|だけ|限"),
}
_DENIES = {"en": _NOT["en"], "ja": re.compile(r"ない|なかっ|ません|ならず|のみ|だけ|限")}
_YES = re.compile(r"yes\b|はい", re.I)  # such an answer is one, whatever it goes on to say
_WHEN = {
    "en": re.compile(r"\bwhen\b|\b(?:what|which) (?:year|month|day|date|time)\b", re.I),
    "ja": re.compile(r"いつ(?!も)|何(?:年|月|日|時)(?!間)"),
}
_DATES = {
    "en": re.compile(r"\b(?:\d{4}|\d{1,2}:\d{2})\b"),
    "ja": re.compile(r"\d+(?=年(?!間)|月|日(?!間)|時(?!間))"),
}
_MUCH_SAID = 0.75  # of the words of what asks for yes or no, in its answer
_MUCH_ASKED = 0.7  # of the words of an answer, in a question that has what was to be asked for


def gives_away(
    question: str,
    answer: str,
    lang: Lang,
    *,
    target: str | None = None,
    names: Sequence[str] = (),
) -> bool:
    """Whether the question says what its answer is to say: all of its words, those in brackets
    aside, and its numbers; or it asks for no more than yes or no, or for a time that it gives.

    With `target`, what the plan asked for, a question without it gives nothing away by its words
    where the answer has it; one with it does so by most of the answer's words, if no value is left.
    """
    asked = squeeze(question)
    if squeeze(answer) in asked:
        return True
    sought = squeeze(target or "")
    if _says_when(question, answer, lang):
        return True
    if _is_restated(question, answer, lang, names, sought):
        return True
    if sought and sought in squeeze(answer) and sought not in asked:
        return False
    said = _ASIDE.sub("", plain(answer))
    words = telling(said, lang)
    n_left = sum(word not in asked for word in words)
    most = (1 - _MUCH_ASKED) * len(words) if sought and sought in asked else 0
    return bool(words) and n_left <= most and not _tells_value(said, question)


def _tells_value(answer: str, question: str) -> bool:
    """Whether the answer has a number or a name of code that the question has not."""
    asked = squeeze(question)
    return any(squeeze(each) not in asked for each in (*numbers(answer), *identifiers(answer)))


def _is_restated(question: str, answer: str, lang: Lang, names: Sequence[str], sought: str) -> bool:
    """Whether it only asks whether it is so as its answer says, or whether it is what was sought.
    An answer that denies something may be one to a question that has its words."""
    if _YES.match(answer) or not asks_yes_or_no(question, lang):
        return False
    if _NOT[lang].search(answer) and not _DENIES[lang].search(question):
        return False
    if sought and sought in squeeze(question):
        return True
    known = squeeze(" ".join(names))
    words = [word for word in telling(question, lang) if word not in known and word[0] != "何"]
    said = squeeze(answer)
    return bool(words) and sum(word in said for word in words) >= _MUCH_SAID * len(words)


def asks_yes_or_no(question: str, lang: Lang) -> bool:
    """Whether it asks for no more than that."""
    bare = QUOTED.sub("」", question)
    return not _ASKS[lang].search(bare) and bool(_ENDS_AS_YES_OR_NO[lang].search(bare))


def asks_when(question: str, lang: Lang) -> bool:
    """Whether it asks for a time."""
    return bool(_WHEN[lang].search(question))


def _says_when(question: str, answer: str, lang: Lang) -> bool:
    """Whether it asks for a time, and each one in its answer stands in it, too."""
    if not asks_when(question, lang):
        return False
    times = {number for each in _DATES[lang].findall(answer) for number in numbers(each)}
    return bool(times) and times <= set(numbers(question))


def telling(text: str, lang: Lang) -> list[str]:
    """The words of a text that say something, squeezed, in order."""
    words = _WORDS[lang].findall(text)
    return [squeeze(word) for word in words if word.casefold() not in FUNCTION_WORDS]
