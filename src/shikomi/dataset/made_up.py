"""Names that a list might have and has not: codes, numbers and identifiers like those beside them.

Words of a language are not made up: a reader could take a made-up word for a question about
something else. Whether a name stands nowhere in the documents is for the caller to see.
"""

import random
import re
from collections.abc import Iterator, Sequence

_CODE = re.compile(r"([A-Za-z]{1,8}[-_ ]?)(\d{1,5})")
_NUMBER = re.compile(r"()(\d{3,5})")  # shorter ones are amounts and places, not names
_PARTS = re.compile(r"(-{0,2})([A-Za-z][A-Za-z0-9]*)([-_.])([A-Za-z][A-Za-z0-9]*)")
_SHOUTED = re.compile(r"[A-Z]{3,10}")
_TAILS = ("limit", "delay", "count", "level", "retry", "cache", "owner", "scope", "quota", "batch")
_VERBS = ("PURGE", "RENEW", "MERGE", "RESET", "PAUSE", "TRACE", "CLAIM", "DEFER", "PROBE", "SPLIT")


def siblings(names: Sequence[str], seed: str) -> Iterator[str]:
    """Such names as could stand beside `names`, in an order by `seed`; none where fewer than two
    of them are of one kind."""
    chance = random.Random(seed)
    for pattern in (_CODE, _NUMBER):
        found = [match.groups() for name in names if (match := pattern.fullmatch(name))]
        yield from _codes(found, chance)
    parts = [match.groups() for name in names if (match := _PARTS.fullmatch(name))]
    yield from _identifiers(parts, chance)
    if sum(_SHOUTED.fullmatch(name) is not None for name in names) > 1:
        yield from chance.sample(_VERBS, len(_VERBS))


def _codes(found: Sequence[tuple[str, ...]], chance: random.Random) -> Iterator[str]:
    """Other numbers between the least and the greatest that stand behind the same letters."""
    groups: dict[tuple[str, int], list[int]] = {}
    for letters, digits in found:
        groups.setdefault((letters, len(digits)), []).append(int(digits))
    for (letters, width), numbers in groups.items():
        free = sorted(set(range(min(numbers), max(numbers))) - set(numbers))
        for number in chance.sample(free, min(len(free), 50)) if len(numbers) > 1 else ():
            yield f"{letters}{number:0{width}}"


def _identifiers(found: Sequence[tuple[str, ...]], chance: random.Random) -> Iterator[str]:
    """The beginning of one with the end of another, else with a usual end."""
    if len(found) < 2:
        return
    crossed = [(*a[:3], b[3]) for a in found for b in found if a[:3] != b[:3]]
    plain = [(*a[:3], _like(a[3], tail)) for a in found for tail in _TAILS]
    for group in (crossed, plain):
        for parts in chance.sample(group, len(group)):
            yield "".join(parts)


def _like(model: str, word: str) -> str:
    """The word, its letters as large as those of the model."""
    if model.isupper():
        return word.upper()
    return word.capitalize() if model[0].isupper() else word
