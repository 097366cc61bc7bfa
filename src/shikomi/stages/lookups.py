"""What a page's links ask for: whatever changes there changes the page."""

from typing import Any

from shikomi.corpus.names import Documents

_TAIL = "*/"  # before the end of a path, which no path begins with


class Lookups(Documents):
    """The documents, for the links of one page. `asked` are the paths that were looked up, found
    or not: what the page depends on."""

    def __init__(self, documents: Documents) -> None:
        super().__init__(documents)
        self._all = documents
        self.lowered = documents.lowered
        self.asked: set[str] = set()

    def __getitem__(self, path: str) -> str:
        self.asked.add(path)
        return super().__getitem__(path)

    def __contains__(self, path: object) -> bool:
        self.asked.add(str(path))
        return super().__contains__(path)

    def get(self, path: str, default: Any = None) -> Any:
        self.asked.add(path)
        return super().get(path, default)

    def ending(self, tail: str) -> str | None:
        self.asked.add(_TAIL + tail)
        return self._all.ending(tail)


def answer(documents: Documents, asked: str) -> str | None:
    """What one of `Lookups.asked` leads to."""
    if asked.startswith(_TAIL):
        return documents.ending(asked.removeprefix(_TAIL))
    return documents.get(asked) or documents.lowered.get(asked.lower())
