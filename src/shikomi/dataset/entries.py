"""Replies about several numbered things: one entry each, read one by one."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from shikomi.dataset.drafts import read_object, record
from shikomi.errors import ParseError

T = TypeVar("T")
_INDENT = "\n   "


def numbered(items: Sequence[Sequence[str]]) -> str:
    """The things as a prompt shows them, each with its lines below its number. What goes on in a
    further line is indented, so that no text can pass for the next number."""
    return "\n".join(
        "\n".join([f"{n}.", *(line.strip().replace("\n", _INDENT) for line in lines)])
        for n, lines in enumerate(items, start=1)
    )


def schema(n: int, fields: dict[str, Any]) -> dict[str, Any]:
    """JSON schema of a reply with so many entries, each with its number and these fields. One
    list instead of `n` properties: hosts count a schema as input."""
    entry = record({"number": {"type": "integer"}, **fields})
    return record({"entries": {"type": "array", "minItems": n, "maxItems": n, "items": entry}})


def parse(text: str, read: Callable[[dict[str, Any]], T]) -> dict[int, T]:
    """What `read` makes of each entry, by its number. An entry that it refuses (ParseError), and
    those that share a number, are left out.

    Raises:
        ParseError: the reply is not the object that was asked for, or none of it can be read.
    """
    listed = read_object(text).get("entries")
    if not isinstance(listed, list):
        raise ParseError("the reply has no list of entries")
    found: dict[int, T] = {}
    numbers: list[int] = []
    refused = "the reply has no entries"
    for entry in listed:
        try:
            number = _number(entry)
            numbers.append(number)
            found[number] = read(entry)
        except ParseError as error:
            refused = str(error)
    kept = {number: value for number, value in found.items() if numbers.count(number) == 1}
    if not kept:
        raise ParseError("entries share a number" if found else refused)
    return kept


def _number(entry: Any) -> int:
    number = entry.get("number") if isinstance(entry, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        raise ParseError("an entry has no number")
    return number
