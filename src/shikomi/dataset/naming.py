"""What questions call the system that they are about: whether they do, how a name is put in, and
how names are left out where questions are compared."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from shikomi.text import squeeze
from shikomi.types import Capsule, Lang

_ABOUT = {"en": "In {}, ", "ja": "{}について、"}
_ABOUT_TITLE = {"en": "Regarding {}, ", "ja": _ABOUT["ja"]}  # things are not in a title
_OPENINGS = {
    "en": (_ABOUT["en"], _ABOUT_TITLE["en"]),
    "ja": (_ABOUT["ja"], "{}では、", "{}において、", "{}で、"),
}


def has_name(text: str, names: Sequence[str]) -> bool:
    """Whether it has one of the names, in any spelling."""
    squeezed = squeeze(text)
    return any(squeeze(name) in squeezed for name in names if squeeze(name))


def named(question: str, capsule: Capsule, lang: Lang, n: int) -> str:
    """The question, with a name of what it is about put in where it has none (see `with_name`);
    where no system is known, that is a title."""
    names = capsule.names
    if not names or not question or has_name(question, names):
        return question
    if capsule.system is None:
        return _opened(_ABOUT_TITLE[lang], names[0], question, lang)
    return with_name(question, names, lang, n)


def with_name(question: str, names: Sequence[str], lang: Lang, n: int) -> str:
    """The question with one of the system's names in it, for questions that left it out.

    Place and name change with `n`, so that not all questions of a model that names nothing
    begin alike.
    """
    if lang == "ja":
        return _opened(_ABOUT[lang], names[n % len(names)], question, lang)
    name = names[n // 2 % len(names)]
    if n % 2 and question.endswith("?"):
        return f"{question[:-1].rstrip()} in {name}?"
    return _opened(_ABOUT[lang], name, question, lang)


def without_opening(question: str, lang: Lang, names: Sequence[str]) -> str:
    """The question without "In NAME, " and the like in front."""
    for name in names:
        for form in _OPENINGS[lang]:
            opening = form.format(name)
            if question.casefold().startswith(opening.casefold()):
                return question[len(opening) :]
    return question


def without_names(text: str, names: Sequence[str]) -> str:
    """The text, folded (NFKC, small letters), with a blank in the place of each name; an ASCII
    one only where it is a word. With no names it is the text as it stands."""
    found = _any_of(tuple(names))
    return found.sub(" ", _folded(text)) if found else text


@lru_cache(maxsize=256)
def _any_of(names: tuple[str, ...]) -> re.Pattern[str] | None:
    """Matches each of the names in folded text, the longest first."""
    folded = {_folded(name).strip() for name in names} - {""}
    if not folded:
        return None
    found = "|".join(re.escape(name) for name in sorted(folded, key=len, reverse=True))
    return re.compile(rf"(?<![a-z0-9_])(?:{found})(?![a-z0-9_])")


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _opened(opening: str, name: str, question: str, lang: Lang) -> str:
    return opening.format(name) + (_lowered(question) if lang == "en" else question)


def _lowered(question: str) -> str:
    """As it goes on behind a comma; what begins with an abbreviation stays."""
    first = question[:1]
    is_word = first.isupper() and question[1:2].islower()
    return f"{first.lower() if is_word else first}{question[1:]}"
