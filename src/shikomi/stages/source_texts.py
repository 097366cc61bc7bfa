"""The source files again, for what their pages do not keep: menus, breadcrumbs, all of the text."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from shikomi.corpus import formats
from shikomi.corpus.decode import decode_as
from shikomi.errors import SourceError, UserError
from shikomi.stages import inputs, sources
from shikomi.stages.context import Context
from shikomi.stages.sources import SourceFile

Files = Mapping[str, SourceFile]
_HTML = "text/html"


@contextmanager
def opened(ctx: Context, wanted: Callable[[str], bool] = lambda path: True) -> Iterator[Files]:
    """The source's files by path, to be read within the block; none where there is no source:
    pages may well be without one."""
    with ExitStack() as stack:
        own = [ctx.docs, ctx.out]
        try:
            root = inputs.source_root(ctx)
            found = stack.enter_context(sources.opened(root, wanted, leave_out=own))
        except UserError:
            found = []
        yield {file.path: file for file in found}


def text(file: SourceFile | None, *, encoding: str = "", media_type: str = "") -> str | None:
    """The decoded text; None where the file is not there, is no text, or is not of `media_type`.

    `encoding` is the one that the file was converted with, "" if it was not.
    """
    if file is None or file.problem:
        return None
    try:
        data = file.read()
        if media_type and formats.media_type(file.path, data) != media_type:
            return None
        return decode_as(data, encoding)
    except SourceError:
        return None


def html(file: SourceFile | None, *, encoding: str = "") -> str | None:
    """The same of a page of HTML; None where it is none."""
    return text(file, encoding=encoding, media_type=_HTML)
