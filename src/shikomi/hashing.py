"""Content ids. The canonical form is a contract: changing it re-keys every project."""

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

PREFIX = "c1:"  # names the scheme, so that a later one can live beside it
_CHUNK_BYTES = 1 << 20


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces; dataclasses become objects."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain
    )


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} has no canonical form")


def content_id(value: Any) -> str:
    """`c1:` and 32 hex digits of the BLAKE2b of the canonical JSON."""
    digest = hashlib.blake2b(canonical_json(value).encode(), digest_size=16)
    return PREFIX + digest.hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex; reads it in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK_BYTES):
            digest.update(piece)
    return digest.hexdigest()
