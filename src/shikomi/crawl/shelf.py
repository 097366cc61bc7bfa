"""The source folder's files: where a page goes, and what is there of it."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from shikomi.crawl import names
from shikomi.crawl.kinds import Kind
from shikomi.errors import SourceError
from shikomi.files import write_whole
from shikomi.store import Store, crawl
from shikomi.store.crawl import CrawlUrl

_LEFT_OVER = re.compile(r"\..+\.\d+\.part")


@dataclass(frozen=True, slots=True)
class Place:
    """A file's path; `same_as` is the page that has these very bytes there, if one has."""

    path: str
    same_as: CrawlUrl | None = None


class Shelf:
    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self.folder = folder

    def clean(self) -> None:
        """Remove what a killed run left half written."""
        for file in self.folder.rglob(".*.part"):
            if _LEFT_OVER.fullmatch(file.name):
                file.unlink(missing_ok=True)

    def place(
        self,
        row: CrawlUrl,
        sha256: str,
        kind: Kind,
        content_type: str,
        encodings: Sequence[str],
    ) -> Place:
        """Where the page's file belongs; no two pages share one unless they are the same.

        Raises:
            SourceError: the path leads out of the folder, by a link on the disk.
        """
        path = names.file_path(row.url, kind=kind, content_type=content_type, encodings=encodings)
        if any(parent.is_file() for parent in self._parents(path)):
            path = names.apart(path)
        same = self._same(row, path, sha256)
        if same is not None and same.outcome.path:
            return Place(same.outcome.path, same)
        if self._is_taken(row, path):
            path = names.hashed(path, row.url)
        if not (self.folder / path).resolve().is_relative_to(self.folder.resolve()):
            raise SourceError(f"{path} leads out of the source folder")
        return Place(path)

    def write(self, path: str, data: bytes) -> None:
        """Raises UserError: the disk is full, or the place cannot be written."""
        write_whole(self.folder / path, data)

    def read(self, row: CrawlUrl) -> bytes | None:
        """The bytes as they were fetched; None: the file is not there, or not the same any more."""
        if row.outcome.path_key is None or row.outcome.path is None:
            return None
        try:
            data = (self.folder / row.outcome.path).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == row.outcome.sha256 else None

    def has(self, row: CrawlUrl) -> bool:
        return row.outcome.path is None or (self.folder / row.outcome.path).is_file()

    def remove(self, row: CrawlUrl) -> None:
        """The row's own file, and the folders that are empty without it."""
        if row.outcome.path_key is None or row.outcome.path is None:
            return
        (self.folder / row.outcome.path).unlink(missing_ok=True)
        for parent in self._parents(row.outcome.path):
            if not parent.is_dir() or any(parent.iterdir()):
                return
            parent.rmdir()

    def _parents(self, path: str) -> list[Path]:
        """The folders of a path below the source folder, innermost first."""
        return [self.folder / each for each in PurePosixPath(path).parents[:-1]]

    def _same(self, row: CrawlUrl, path: str, sha256: str) -> CrawlUrl | None:
        """Another page with the same bytes: at the same path, or at this address without its
        query, which then changes nothing."""
        others = (
            crawl.owner(self._store, names.key(path)),
            crawl.page(self._store, row.url.partition("?")[0]),
        )
        same = (each for each in others if each and each.url != row.url)
        return next((each for each in same if each.outcome.sha256 == sha256), None)

    def _is_taken(self, row: CrawlUrl, path: str) -> bool:
        owner = crawl.owner(self._store, names.key(path))
        if owner is not None:
            return owner.url != row.url
        return (self.folder / path).is_dir()
