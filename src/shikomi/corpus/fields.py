"""Three-way merge of front matter by key. An entry is a key's lines as they stand."""

from collections.abc import Sequence

from shikomi.corpus import frontmatter

Clash = tuple[str, str, str]
"""What base, machine and person have for one key; "" where it is not there."""


def merge_fields(base: str, machine: str, person: str) -> tuple[str, list[Clash]]:
    """The lines between the `---` lines, and the keys that machine and person changed apart,
    of which the person's stay. Each side is as `frontmatter.raw` gives it."""
    old, new, own = entries(base), entries(machine), entries(person)
    merged, clashes = person, list[Clash]()
    for key in dict.fromkeys([*new, *old]):
        was, makes, has = old.get(key, ""), new.get(key, ""), own.get(key, "")
        if makes in (was, has):
            continue
        if has == was:
            merged = with_entry(merged, key, makes)
        else:
            clashes.append((was, makes, has))
    return merged, clashes


def entries(raw: str) -> dict[str, str]:
    """The lines of each key, without a line break at the end; comments on their own left out."""
    found = _split(raw)
    return {key: entry for key, entry in found if key}


def key_of(entry: str) -> str:
    return next(iter(entries(entry + "\n")), "")


def with_entry(raw: str, key: str, entry: str) -> str:
    """`raw` with the lines of `key` replaced, added at the end, or ("") taken out."""
    found = _split(raw)
    kept = [(each, entry if each == key else lines) for each, lines in found]
    if key not in dict(found):
        kept.append((key, entry))
    return "".join(lines + "\n" for _, lines in kept if lines)


def replaced(page: str, raw: str) -> str:
    """The page with `raw` as its front matter."""
    if raw == frontmatter.raw(page):
        return page
    body = frontmatter.split(page)[1]
    return f"---\n{raw}---\n\n{body}" if raw else body


def _split(raw: str) -> Sequence[tuple[str, str]]:
    return [(key, "".join(lines).rstrip("\n")) for key, lines in frontmatter.entries(raw)]
