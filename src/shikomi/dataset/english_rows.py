"""English questions about a table's row that the row does not answer."""

import re
from collections.abc import Sequence

from shikomi.dataset.english_clauses import has_own_verb, stems, what_is_asked
from shikomi.dataset.naming import without_names, without_opening

_CELL = re.compile(r" / (?:[^/:]{1,60}: )?|^[^/:]{1,60}: ")
_ASIDE = re.compile(r"\([^()]*\)")
_COLUMN_OF = re.compile(
    r"\bwhat (?:the|an?|each|every) ([a-z]+) (?:does|must do|should do)\b", re.I
)
_ASKS_WHAT_IT_DOES = re.compile(
    r"\bwhat (?:action )?(?:does|do|must|should|can) (?!it\b|they\b)(.+?) (?:do|take|perform)\b",
    re.I,
)
_FEWEST = 3  # words of a cell that a question can be said to repeat


def is_no_answer(question: str, statement: str, names: Sequence[str] = ()) -> bool:
    """Whether it asks what one thing does of a row that says, by a column's name, what another
    does; or what something does to something in all words of a cell."""
    bare = without_names(without_opening(question, "en", names), names)
    asked, told = _ASKS_WHAT_IT_DOES.search(bare), _COLUMN_OF.search(statement)
    if asked and told and told[1].casefold() not in asked[1].casefold():
        return True
    if not has_own_verb(bare):
        return False
    known = set(stems(what_is_asked(bare)))
    cells = (stems(_ASIDE.sub(" ", cell)) for cell in _CELL.split(statement))
    return any(len(cell) >= _FEWEST and known.issuperset(cell) for cell in cells)
