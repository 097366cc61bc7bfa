"""`shikomi search`."""

from pathlib import Path
from typing import Any

from shikomi import app
from shikomi.answering.lookup import Found, search
from shikomi.app.endpoints import Machine
from shikomi.retrieval import snippet

Row = dict[str, Any]


def found(folder: Path, words: str, *, k: int) -> list[Row]:
    """The at most `k` best sections.

    Raises:
        UserError: the project has no sections yet.
    """
    with app.open_project(folder, Machine.here()) as ctx:
        hits = search(ctx.store, ctx.search_index, words, k)
        return [_row(hit, words) for hit in hits]


def _row(hit: Found, words: str) -> Row:
    section = hit.section
    return {
        "section": section.id,
        "page": section.path,
        "heading": section.headings[-1] if section.headings else None,
        "breadcrumb": list(section.capsule.breadcrumb),
        "score": round(hit.score, 3),
        "snippet": snippet(section.text, words),
    }


def lines(rows: list[Row], words: str) -> str:
    if not any(map(str.isalnum, words)):
        return "nothing to look for: a search goes by letters and digits"
    if not rows:
        return "nothing found: no section has any of these words"
    return "\n".join(line for n, row in enumerate(rows, start=1) for line in _lines(n, row))


def _lines(n: int, row: Row) -> list[str]:
    place = "#".join(filter(None, [f"docs/{row['page']}", row["heading"]]))
    trail = " > ".join(row["breadcrumb"])
    return [f"{n}. {place}  ({row['score']:.1f})", f"   {trail}", f"   {row['snippet']}"]
