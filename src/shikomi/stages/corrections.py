"""A person's corrections of docs/, kept while the pages are converted again.

Three texts make a page: the source, what the converter made of it last (the base, kept in the
project's database), and the page in docs/ as the person left it. What becomes of a page:

- untouched: it is replaced by what the converter makes now;
- edited: the converter's change is merged in by block. Where both changed the same block the
  person's text stays, and the converter's is kept beside for `shikomi conflicts`;
- edited, and only the converter is a newer one: it stays as it is until `convert --rebase`;
- deleted from docs/: it stays away, whatever its source does, until it is restored: who takes a
  page out does not want it taught. If all pages are gone, docs/ was cleared, and every page is
  written anew;
- its source gone: an untouched page goes too, an edited one stays, and the person is told;
- its source renamed, unchanged: the page moves with its edits;
- written by the person where the converter would write: it stays, as an edit of what the
  converter made.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from shikomi.corpus.conflicts import still_open
from shikomi.corpus.merge import Merged, merge
from shikomi.errors import SourceError, UserError
from shikomi.files import write_whole
from shikomi.stages.context import Context
from shikomi.store import pages
from shikomi.store.pages import Conversion

Outcome = Literal["written", "unchanged", "merged", "kept"]
_BOM = b"\xef\xbb\xbf"
_MAX_NAME_BYTES = 235  # of the 255 that systems allow: a page is first written under a longer one


@dataclass(frozen=True, slots=True)
class Made:
    """A page as the converter made it: `markdown` whole, with its front matter."""

    conversion: Conversion
    markdown: str
    media_type: str


def is_there(ctx: Context, path: str) -> bool:
    return os.path.isfile(ctx.docs / path)  # noqa: PTH113  False for an impossible name, too


def can_be(ctx: Context, path: str) -> bool:
    """Whether docs/ can have a page of this name."""
    return not _impossible(ctx, path)


def is_touched(ctx: Context, known: Conversion) -> bool:
    """Whether the page, which is there, differs from what the converter made, line ends apart."""
    data = (ctx.docs / known.path).read_bytes()
    plain = data.removeprefix(_BOM).replace(b"\r\n", b"\n")
    return known.output_sha256 not in (sha256(data), sha256(plain))


def put(ctx: Context, made: Made, known: Conversion | None) -> Outcome:
    """Bring the page of docs/ up to what the converter makes now, as said above.

    Raises:
        SourceError: no file can have its name.
        UserError: the page cannot be written, or the person's is not UTF-8.
    """
    path = made.conversion.path
    if reason := _impossible(ctx, path):
        raise SourceError(reason)
    own = page_text(ctx, path)
    touched = own is not None and (known is None or is_touched(ctx, known))
    merged = _merged(ctx, made, known, own or "") if touched else Merged(made.markdown)
    earlier = [each.conflict for each in pages.conflicts(ctx.store, path)]
    found = still_open(earlier, merged.conflicts, machine=made.markdown, page=merged.text)
    with ctx.store.transaction():
        pages.set_conversion(
            ctx.store, made.conversion, media_type=made.media_type, markdown=made.markdown
        )
        pages.set_conflicts(ctx.store, path, found)
        if merged.text != own:
            write_whole(ctx.docs / path, merged.text.encode("utf-8"))
    if touched:
        return "kept" if merged.text == own else "merged"
    return "unchanged" if merged.text == own else "written"


def page_text(ctx: Context, path: str) -> str | None:
    """The page as it stands in docs/, its line ends too, but no byte order mark; None: not there.

    Raises:
        UserError: it is not UTF-8.
    """
    file = ctx.docs / path
    if not is_there(ctx, path):
        return None
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{file} is not UTF-8 text: save it as UTF-8") from None


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _merged(ctx: Context, made: Made, known: Conversion | None, own: str) -> Merged:
    base = None if known is None else pages.base(ctx.store, known.path)
    return Merged(own) if base is None else merge(base, made.markdown, own)


def _impossible(ctx: Context, path: str) -> str:
    """Why docs/ can have no page of this name, or ""."""
    parts = PurePosixPath(path)
    if any(len(os.fsencode(part)) > _MAX_NAME_BYTES for part in parts.parts):
        return "its name is too long for a file"
    if (ctx.docs / path).is_dir():
        return f"docs/{path}, its page, is a folder"
    files = [str(folder) for folder in parts.parents if is_there(ctx, str(folder))]
    return f"docs/{files[0]}, where its page belongs, is a file" if files else ""
