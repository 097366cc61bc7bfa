"""Answers that lack what was asked for: the source's own words are put in."""

import re

from shikomi.dataset.plan import Goal
from shikomi.text import squeeze

# Words in front that tie a sentence to what stands before it. Those that limit it ("unless",
# ただし) are none. Some stand without a comma; then no word of another meaning may begin with them.
_TIES = re.compile(
    r"(?:しかし(?!も)|しかしながら|そして)、?(?=\S)"
    r"|また(?=[々一-鿿ァ-ヺー])"
    r"|(?:また|だが|ところが|さらに|更に|加えて|なお|一方|一方で|一方では|他方|つまり|すなわち|したがって|従って"
    r"|よって|ゆえに|そこで|このため|そのため|これに対し|これに対して|なぜなら)、"
    r"|(?:however|moreover|furthermore|in addition|additionally|also|therefore|thus|hence"
    r"|consequently|as a result|on the other hand|nevertheless|nonetheless|likewise|similarly"
    r"|meanwhile|but|and), "
    r"|(?:but|and) (?=[a-z])"
    r"|(?:上述|前述|先述|既述|上記)(?:した|の)?(?:ように|とおり|通り)(?:に|で)?、"
    r"|as (?:mentioned|stated|described|noted|explained|discussed)"
    r"(?: (?:above|earlier|before|previously))?, ",
    re.IGNORECASE,
)

_PLAIN_WORD = re.compile(r"[a-z]+[ ,]")  # no name of code, which begins as it does


def answer(text: str, goal: Goal, of_row: str | None = None) -> str:
    """The answer, or the fact's own words where it lacks the goal's target or is empty.

    `of_row` says what a table's row says, its cells with their columns.
    """
    has_target = goal.target is None or squeeze(goal.target) in squeeze(text)
    return text if text and has_target else of_row or _own_words(goal)


def _own_words(goal: Goal) -> str:
    """An example as it stands, in its fence; anything else as plain text that stands alone."""
    return goal.fact.evidence if goal.fact.kind == "example" else untied(goal.fact.statement)


def untied(statement: str) -> str:
    """A sentence without "However," and the like in front, which answers nobody's question."""
    tie = _TIES.match(statement)
    rest = statement[tie.end() :] if tie else ""
    if not rest:
        return statement
    return rest[0].upper() + rest[1:] if _PLAIN_WORD.match(rest) else rest
