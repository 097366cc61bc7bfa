"""Cheap checks of one pair. Each returns the reason to drop it, or None."""

import re
from collections.abc import Sequence

from shikomi.dataset.keywords import FUNCTION_WORDS
from shikomi.text import plain, squeeze
from shikomi.types import Lang

_POINTING = {
    "en": re.compile(
        r"\b(the|this|that|above|following|given)\s+(document|passage|page|text|statement|section"
        r"|excerpt|documentation says)\b|\baccording to the\b|\bas (mentioned|stated|described)\b"
        r"|\bmentioned (above|in)\b",
        re.IGNORECASE,
    ),
    "ja": re.compile(
        r"(この|その|上記の?|本|当該|次の|以下の)(文書|文章|記述|ページ|資料|テキスト|節|文)"
        r"|文書によれば|ドキュメントによ(れば|ると)|上記|前述|記述に(よれば|よると)"
    ),
}
_JAPANESE = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_WORDS = {
    "en": re.compile(r"[^\W_]+"),
    "ja": re.compile(r"[々〆一-鿿]+|[ァ-ヺー]{2,}|[A-Za-z0-9]+"),
}
_ASIDE = re.compile(r"[(（][^()（）]*[)）]")
_MIN_LETTERS = 4


def check(
    question: str,
    answer: str,
    *,
    lang: Lang,
    names: Sequence[str],
    max_question: int,
    max_answer: int,
) -> str | None:
    """Why a pair must go: length, language, pointing at the document, no system named.

    `names` are the system's name and aliases; with none the name check is left out.
    """
    if len(squeeze(question)) < _MIN_LETTERS or not squeeze(answer):
        return "empty"
    if len(question) > max_question or len(answer) > max_answer:
        return "too long"
    if wrong_language(question, lang):
        return "wrong language"
    if _POINTING[lang].search(question) or _POINTING[lang].search(answer):
        return "points at the document"
    if names and not names_system(question, names):
        return "does not name the system"
    if gives_away(question, answer, lang):
        return "the question gives the answer away"
    return None


def gives_away(question: str, answer: str, lang: Lang) -> bool:
    """Whether the question says all that the answer does: each of its words, those in brackets
    aside, and its numbers. Nothing is asked then, or what is asked is not answered."""
    asked = squeeze(question)
    if squeeze(answer) in asked:
        return True
    words = _WORDS[lang].findall(_ASIDE.sub("", plain(answer)))
    telling = [squeeze(word) for word in words if word.casefold() not in FUNCTION_WORDS]
    return bool(telling) and all(word in asked for word in telling)


def pointing(text: str, lang: Lang) -> list[str]:
    """The words of the text that speak of a document, as they stand there."""
    return [match[0] for match in _POINTING[lang].finditer(text)]


def wrong_language(text: str, lang: Lang) -> bool:
    """Measured by script: Japanese needs kana; English has no kana and few Han characters."""
    if lang == "ja":
        return not _JAPANESE.search(text)
    latin = len(_LATIN.findall(text))
    return bool(_JAPANESE.search(text)) or len(_HAN.findall(text)) > latin


def names_system(text: str, names: Sequence[str]) -> bool:
    squeezed = squeeze(text)
    return any(squeeze(name) in squeezed for name in names if squeeze(name))


def named(question: str, names: Sequence[str], lang: Lang, n: int) -> str:
    """The question, with one of the system's names put in where it has none (see `name_system`)."""
    if not names or not question or names_system(question, names):
        return question
    return name_system(question, names, lang, n)


def name_system(question: str, names: Sequence[str], lang: Lang, n: int) -> str:
    """The question with one of the system's names in it, for questions that left it out.

    Place and name change with `n`, so that not all questions of a model that names nothing
    begin alike.
    """
    if lang == "ja":
        return f"{names[n % len(names)]}について、{question}"
    name = names[n // 2 % len(names)]
    if n % 2 and question.endswith("?"):
        return f"{question[:-1].rstrip()} in {name}?"
    first = question[:1]
    if first.isupper() and question[1:2].islower():
        first = first.lower()
    return f"In {name}, {first}{question[1:]}"
