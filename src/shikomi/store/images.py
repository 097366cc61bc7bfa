"""The images in docs/ as `convert` copied them, and the pages that refer to them."""

from collections.abc import Iterable
from dataclasses import dataclass

from shikomi.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """`path` is in docs/. `stamp` is the source's when it was copied, `sha256` of its bytes, ""
    where they could not be read."""

    path: str
    source_path: str
    stamp: str
    sha256: str


def images(store: Store) -> dict[str, Image]:
    """By path."""
    found = store.db.execute("SELECT path, source_path, stamp, sha256 FROM images ORDER BY path")
    return {row["path"]: Image(**dict(row)) for row in found}


def put(store: Store, image: Image) -> None:
    store.db.execute(
        "INSERT OR REPLACE INTO images VALUES (?, ?, ?, ?)",
        (image.path, image.source_path, image.stamp, image.sha256),
    )


def forget(store: Store, path: str) -> None:
    """The image is no longer the converter's, or no longer there."""
    store.db.execute("DELETE FROM images WHERE path = ?", (path,))


def set_page(store: Store, page: str, images: Iterable[str]) -> None:
    """Make these the images that a page refers to."""
    with store.transaction():
        store.db.execute("DELETE FROM page_images WHERE path = ?", (page,))
        store.db.executemany(
            "INSERT OR IGNORE INTO page_images VALUES (?, ?)", [(page, each) for each in images]
        )


def needed(store: Store) -> list[str]:
    """The images that pages refer to, each once."""
    found = store.db.execute("SELECT DISTINCT image FROM page_images ORDER BY image")
    return [row["image"] for row in found]
