"""`shikomi search`."""

from pathlib import Path
from typing import Any

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.errors import UserError
from shikomi.retrieval import Hit, open_index, passage, snippet
from shikomi.store import corpus
from shikomi.types import Section

Found = dict[str, Any]


def found(folder: Path, words: str, *, k: int) -> list[Found]:
    """The at most `k` best sections.

    Raises:
        UserError: the project has no sections yet.
    """
    with app.open_project(folder, Machine.here()) as ctx:
        ids = corpus.current_section_ids(ctx.store)
        if not ids:
            raise UserError("there are no sections to search yet: run `shikomi section` first")
        index = open_index(
            ctx.search_index, ids, lambda new: map(passage, corpus.sections(ctx.store, new))
        )
        hits = index.search(words, k)
        sections = corpus.sections(ctx.store, [hit.id for hit in hits])
        return [_row(hit, each, words) for hit, each in zip(hits, sections, strict=True)]


def _row(hit: Hit, section: Section, words: str) -> Found:
    return {
        "section": section.id,
        "page": section.path,
        "heading": section.headings[-1] if section.headings else None,
        "breadcrumb": list(section.capsule.breadcrumb),
        "score": round(hit.score, 3),
        "snippet": snippet(section.text, words),
    }


def lines(rows: list[Found]) -> str:
    if not rows:
        return "nothing found: no section has any of these words"
    return "\n".join(line for n, row in enumerate(rows, start=1) for line in _lines(n, row))


def _lines(n: int, row: Found) -> list[str]:
    place = "#".join(filter(None, [f"docs/{row['page']}", row["heading"]]))
    trail = " > ".join(row["breadcrumb"])
    return [f"{n}. {place}  ({row['score']:.1f})", f"   {trail}", f"   {row['snippet']}"]
