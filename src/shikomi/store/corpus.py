"""Documents, sections and facts."""

from collections.abc import Iterable, Iterator, Sequence

from shikomi.store import Store, rows
from shikomi.types import Document, Fact, Section

_SECTION = 's.id, s.document_id, s.path, s.headings, s.start, s."end", s.text, s.lang, s.capsule'


def replace_current(
    store: Store, documents: Sequence[Document], sections: Sequence[Section]
) -> None:
    """Add what is new, and make `sections`, in this order, the current ones."""
    with store.transaction():
        store.db.executemany(
            "INSERT OR IGNORE INTO documents VALUES (?, ?, ?, ?, ?, ?)",
            [
                (d.id, d.path, d.title, d.markdown, d.lang, rows.dump(d.breadcrumb))
                for d in documents
            ],
        )
        store.db.executemany(
            "INSERT OR IGNORE INTO sections VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [rows.section_row(section) for section in sections],
        )
        store.db.execute("DELETE FROM current_sections")
        store.db.executemany(
            "INSERT INTO current_sections VALUES (?, ?)",
            [(i, section.id) for i, section in enumerate(sections)],
        )


def current_sections(store: Store) -> list[Section]:
    """In the order of the outline."""
    found = store.db.execute(
        f"SELECT {_SECTION} FROM current_sections c JOIN sections s ON s.id = c.section_id"
        " ORDER BY c.position"
    )
    return [rows.section(row) for row in found]


def sections_by_id(store: Store) -> dict[str, Section]:
    """The current ones, in the order of the outline."""
    return {section.id: section for section in current_sections(store)}


def has_sections(store: Store) -> bool:
    return store.db.execute("SELECT 1 FROM current_sections LIMIT 1").fetchone() is not None


def current_section_ids(store: Store) -> list[str]:
    """In the order of the outline."""
    found = store.db.execute("SELECT section_id FROM current_sections ORDER BY position")
    return [row["section_id"] for row in found]


def sections(store: Store, ids: Iterable[str]) -> Iterator[Section]:
    """The sections with these ids, in the order of the ids."""
    for each in ids:
        found = store.db.execute(f"SELECT {_SECTION} FROM sections s WHERE s.id = ?", (each,))
        yield rows.section(found.fetchone())


def add_facts(store: Store, facts: Sequence[Fact]) -> None:
    store.db.executemany(
        "INSERT OR IGNORE INTO facts VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(f.id, f.section_id, f.kind, f.statement, f.evidence, f.start, f.end) for f in facts],
    )


def current_facts(store: Store) -> list[Fact]:
    """The facts of the current sections, in reading order."""
    found = store.db.execute(
        "SELECT f.* FROM current_sections c JOIN facts f ON f.section_id = c.section_id"
        " ORDER BY c.position, f.start"
    )
    return [rows.fact(row) for row in found]


def facts_by_id(store: Store) -> dict[str, Fact]:
    """The current ones, in reading order."""
    return {fact.id: fact for fact in current_facts(store)}
