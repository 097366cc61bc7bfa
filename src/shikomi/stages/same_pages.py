"""Pages that the source has in several formats: each is made once, of the one that says most."""

import json
from collections.abc import Mapping, Sequence

from shikomi.corpus import formats, source_copies
from shikomi.errors import SourceError
from shikomi.hashing import content_id
from shikomi.stages.context import Context
from shikomi.stages.file_contents import is_settled
from shikomi.stages.sources import SourceFile

_MEMORY = "same_pages"
_VERSION = 1
_MAX_BYTES = 8 << 20  # larger ones are not compared: that would take minutes
_FIRST, _SECOND, _BOTH = "first", "second", "both"


def left_out(ctx: Context, files: Sequence[SourceFile]) -> dict[str, str]:
    """The files whose text another of their folder and name holds, each with that other's path.
    Pairs of files that did not change are not compared again."""
    by_path = {file.path: file for file in files}
    before: Mapping[str, str] = json.loads(ctx.store.meta(_MEMORY) or "{}")
    known: dict[str, str] = {}
    found: dict[str, str] = {}
    for names in source_copies.same_names(by_path):
        kept: list[str] = []
        for path in names:
            for other in kept:
                keeps = _keeps(by_path[other], by_path[path], before, known)
                if keeps == _FIRST:
                    found[path] = other
                    break
                if keeps == _SECOND:
                    found[other] = path
            kept = [each for each in (*kept, path) if each not in found]
    if known != before:
        ctx.store.set_meta(_MEMORY, json.dumps(known))
    return {path: _last(other, found) for path, other in found.items()}


def _last(path: str, found: Mapping[str, str]) -> str:
    while path in found:
        path = found[path]
    return path


def _keeps(
    first: SourceFile, second: SourceFile, before: Mapping[str, str], known: dict[str, str]
) -> str:
    """Which of the two has the text of both. `known` gets the answer, if it will hold."""
    pair = content_id([_VERSION, first.path, first.stamp, second.path, second.stamp])
    keeps = before.get(pair) or _compared(first, second)
    if first.stamp and second.stamp and is_settled(first) and is_settled(second):
        known[pair] = keeps
    return keeps


def _compared(first: SourceFile, second: SourceFile) -> str:
    texts = _text(first), _text(second)
    if texts[0] is None or texts[1] is None:
        return _BOTH
    if source_copies.holds(texts[0], texts[1]):
        return _FIRST
    more = source_copies.is_rich(second.path) and source_copies.holds(texts[1], texts[0])
    return _SECOND if more else _BOTH


def _text(file: SourceFile) -> str | None:
    """As Markdown; None where it cannot be read."""
    try:
        data = b"" if file.problem else file.read()
        if not data or len(data) > _MAX_BYTES:
            return None
        return formats.convert(data, path=file.path).markdown
    except (SourceError, OSError, UnicodeError, RecursionError):
        return None


def note(copies: Mapping[str, str]) -> str:
    """What to tell a person of them, or ""."""
    if not copies:
        return ""
    path, other = next(iter(copies.items()))
    files = "1 file is" if len(copies) == 1 else f"{len(copies)} files are"
    whose = f"the text of {path} is that of {other}"
    return f"{files} left out, as another format has the same text ({whose})"
