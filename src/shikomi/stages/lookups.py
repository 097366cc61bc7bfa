"""What a page's links ask for: whatever changes there changes the page."""

from typing import Any

from shikomi.corpus.names import Documents


class Lookups(Documents):
    """The documents, for the links of one page. `asked` are the paths that were looked up, found
    or not: what the page depends on."""

    def __init__(self, documents: Documents) -> None:
        super().__init__(documents)
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
