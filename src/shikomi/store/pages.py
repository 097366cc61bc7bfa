"""Pages of docs/ as `convert` wrote them: from which source, and what a person changed since."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shikomi.corpus.conflicts import Conflict
from shikomi.store import Store

_BY_PAGE = ("conversions", "conversion_bases", "conflicts", "page_images")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """How a page came about. `fingerprint` is of its inputs beside the source, `lookups` the
    source paths that its links asked for as JSON, `output_sha256` of what the converter made;
    `source_gone`: the person knows that the page stays although its source is gone."""

    path: str
    source_id: str
    source_path: str
    source_sha256: str
    fingerprint: str
    lookups: str
    version: int
    output_sha256: str
    source_gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """What a file of the source holds while its `stamp` stays; `anchors` as JSON, `encoding` ""
    for what is no text."""

    path: str
    stamp: str
    sha256: str
    anchors: str
    encoding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenConflict:
    id: int
    path: str
    conflict: Conflict


def conversions(store: Store) -> dict[str, Conversion]:
    """By the page's path."""
    found = store.db.execute(
        "SELECT c.path, c.source_id, s.path AS source_path, s.sha256 AS source_sha256,"
        " c.fingerprint, c.lookups, c.version, c.output_sha256, c.source_gone"
        " FROM conversions c JOIN sources s ON s.id = c.source_id ORDER BY c.path"
    )
    return {
        row["path"]: Conversion(**{**dict(row), "source_gone": bool(row["source_gone"])})
        for row in found
    }


def set_conversion(store: Store, made: Conversion, *, media_type: str, markdown: str) -> None:
    """`markdown` is the whole page as the converter made it."""
    with store.transaction():
        store.db.execute(
            "INSERT OR IGNORE INTO sources VALUES (?, ?, ?, ?)",
            (made.source_id, made.source_path, made.source_sha256, media_type),
        )
        store.db.execute(
            "INSERT OR REPLACE INTO conversions"
            " (path, source_id, fingerprint, output_sha256, version, lookups, source_gone)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (made.path, made.source_id, made.fingerprint, made.output_sha256, made.version,
             made.lookups, made.source_gone),
        )  # fmt: skip
        store.db.execute("INSERT OR REPLACE INTO conversion_bases VALUES (?, ?)",
                         (made.path, markdown))  # fmt: skip


def base(store: Store, path: str) -> str | None:
    """The page as the converter made it last; None: unknown."""
    row = store.db.execute(
        "SELECT markdown FROM conversion_bases WHERE path = ?", (path,)
    ).fetchone()
    return None if row is None else str(row["markdown"])


def mark_source_gone(store: Store, paths: Iterable[str]) -> None:
    with store.transaction():
        store.db.executemany(
            "UPDATE conversions SET source_gone = 1 WHERE path = ?", [(path,) for path in paths]
        )


def forget(store: Store, path: str) -> None:
    """The page is no longer the converter's, or no longer there."""
    with store.transaction():
        for table in _BY_PAGE:
            store.db.execute(f"DELETE FROM {table} WHERE path = ?", (path,))


def rename(store: Store, old: str, new: str) -> None:
    """The page moved, and all that is known of it; nothing may be known of `new`."""
    with store.transaction():
        for table in _BY_PAGE:
            store.db.execute(f"UPDATE {table} SET path = ? WHERE path = ?", (new, old))


def conflicts(store: Store, path: str | None = None) -> list[OpenConflict]:
    """All, or a page's, in the order of their pages and of their finding."""
    found = store.db.execute(
        "SELECT id, path, kind, base, machine, person, above, seen FROM conflicts"
        " WHERE ? IS NULL OR path = ? ORDER BY path, id",
        (path, path),
    )
    return [
        OpenConflict(id=values.pop("id"), path=values.pop("path"), conflict=Conflict(**values))
        for values in map(dict, found)
    ]


def set_conflicts(store: Store, path: str, found: Iterable[Conflict]) -> None:
    """Make these the page's open conflicts."""
    with store.transaction():
        store.db.execute("DELETE FROM conflicts WHERE path = ?", (path,))
        store.db.executemany(
            "INSERT INTO conflicts (path, kind, base, machine, person, above, seen)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(path, c.kind, c.base, c.machine, c.person, c.above, c.seen) for c in found],
        )


def close_conflicts(store: Store, ids: Iterable[int]) -> None:
    with store.transaction():
        store.db.executemany("DELETE FROM conflicts WHERE id = ?", [(each,) for each in ids])


def source_files(store: Store) -> dict[str, SourceFile]:
    found = store.db.execute("SELECT path, stamp, sha256, anchors, encoding FROM source_files")
    return {row["path"]: SourceFile(**dict(row)) for row in found}


def set_source_files(store: Store, files: Mapping[str, SourceFile]) -> None:
    """Make these the known files."""
    with store.transaction():
        store.db.execute("DELETE FROM source_files")
        store.db.executemany(
            "INSERT INTO source_files VALUES (?, ?, ?, ?, ?)",
            [
                (file.path, file.stamp, file.sha256, file.anchors, file.encoding)
                for file in files.values()
            ],
        )
