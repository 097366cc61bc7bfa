"""Documents as long as people's are: short pages of one system, joined."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shikomi.corpus.units import units

EXAMPLES = Path(__file__).parent.parent / "examples"
LEAST_TOKENS = 3000


@dataclass(frozen=True)
class Documents:
    """Joined pages, and what is known of the system that they describe."""

    root: str
    aliases: tuple[str, ...]
    lang: str
    texts: tuple[str, ...]


def examples(n: int) -> list[Documents]:
    """The first `n` example sets, one document of each."""
    found = []
    for file in sorted(EXAMPLES.glob("*/shikomi.example.json"))[:n]:
        known = json.loads(file.read_text(encoding="utf-8"))
        texts = tuple(joined(file.parent / "docs", 1))
        found.append(Documents(known["root"], tuple(known["aliases"]), known["lang"], texts))
    return found


def of_folder(folder: Path, n: int, *, root: str, lang: str) -> Documents:
    """Raises SystemExit: the folder has no pages for so many."""
    texts = tuple(joined(folder, n))
    if len(texts) < n:
        raise SystemExit(f"{folder} has Markdown pages for {len(texts)} documents only")
    return Documents(root, (), lang, texts)


def joined(folder: Path, n: int) -> Iterator[str]:
    """At most `n` documents: pages in order, joined until they are long enough."""
    pages: list[str] = []
    for file in sorted(folder.rglob("*.md")):
        pages.append(file.read_text(encoding="utf-8").strip())
        if n and units("\n\n".join(pages)) >= LEAST_TOKENS:
            yield "\n\n".join(pages)
            pages, n = [], n - 1


def write(found: Documents, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for n, text in enumerate(found.texts, start=1):
        (folder / f"document-{n}.md").write_text(text + "\n", encoding="utf-8")
