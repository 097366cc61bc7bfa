"""The source -> docs/*.md: every file of a folder, a zip file or an EPUB, or one file alone, as a
page of Markdown. What a person changes in docs/ is kept: `corrections` says how.
"""

import difflib
import json
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from shikomi.corpus import formats, frontmatter
from shikomi.corpus.edges import drop
from shikomi.corpus.images import images
from shikomi.errors import SourceError, UserError
from shikomi.hashing import content_id
from shikomi.stages import beside, corrections, inputs, same_pages
from shikomi.stages.context import Context, Progress, StageReport
from shikomi.stages.corrections import Made, is_there, is_touched, page_text, sha256
from shikomi.stages.inputs import Inputs, Item
from shikomi.stages.relocation import Place, Relocation, relocate, relocation
from shikomi.store import images as page_images
from shikomi.store import pages, progress
from shikomi.store.pages import Conversion
from shikomi.text import counted, some_of

STAGE = "convert"
VERSION = 15
_FAILURES = content_id([STAGE, VERSION])
_N_NAMED = 3
_KINDS = (
    "HTML, Markdown, text, reStructuredText, AsciiDoc, Org, manual page, PDF, Word, EPUB, OpenAPI"
)
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to do. `removed` and `kept` are pages whose source is gone: untouched ones,
    and edited ones of which the person has not been told yet."""

    relocation: Relocation
    stale: tuple[Item, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rebased:
    """An edited page that was converted again: what changed in it as a unified diff ("":
    nothing), or why that failed."""

    path: str
    diff: str
    error: str | None = None


def pending(ctx: Context) -> list[object]:
    """Files to convert, pages to move, pages whose source is gone, and images."""
    with inputs.opened(ctx) as source:
        plan = _plan(ctx, source)
        pictures = beside.pending(ctx, source)
    moving = [*plan.relocation.moves, *plan.relocation.displaced]
    return [*plan.stale, *moving, *plan.removed, *plan.kept, *pictures]


def failed(ctx: Context) -> list[str]:
    """The reasons of the files there are now that could not be converted."""
    known = progress.failed_subjects(ctx.store, STAGE, _FAILURES)
    with inputs.opened(ctx) as source:
        ids = [item.source_id for item in source.items]
    return [known[each] for each in ids if each in known]


def run(ctx: Context) -> StageReport:
    with inputs.opened(ctx) as source:
        renamed = relocate(ctx, _plan(ctx, source).relocation)
        plan = _plan(ctx, source)
        _remove(ctx, plan.removed)
        pages.mark_source_gone(ctx.store, plan.kept)
        done = list(_convert_all(ctx, source, plan.stale))
        lost = beside.bring(ctx, source)
        left_out = same_pages.note(source.copies)
    errors = (*(error for _, error in done if error), *lost)
    if not any(ctx.docs.rglob("*.md")):
        first = f"; the first: {errors[0]}" if errors else ""
        raise UserError(f"no file in {inputs.source_root(ctx)} is a document{first}")
    outcomes = Counter(outcome for outcome, error in done if not error)
    summary = _summary(ctx, outcomes, [*plan.kept, *renamed], left_out)
    return StageReport(done=outcomes.total(), failures=errors, summary=summary)


def rebase(ctx: Context) -> list[Rebased]:
    """Convert the edited pages again that an older converter made, and merge what it makes of
    them now with the edits."""
    with inputs.opened(ctx) as source:
        relocate(ctx, _plan(ctx, source).relocation)
        known = pages.conversions(ctx.store)
        items = [item for item in source.items if _is_older(ctx, known.get(item.document))]
        return [_rebased(ctx, source, item) for item in items]


def _rebased(ctx: Context, source: Inputs, item: Item) -> Rebased:
    before = page_text(ctx, item.document) or ""
    _, error = _convert(ctx, source, item, pages.conversions(ctx.store).get(item.document))
    after = page_text(ctx, item.document) or ""
    name = f"docs/{item.document}"
    diff = difflib.unified_diff(
        before.splitlines(), after.splitlines(), fromfile=name, tofile=name, lineterm=""
    )
    return Rebased(item.document, "\n".join(diff), error)


def _is_older(ctx: Context, known: Conversion | None) -> bool:
    """Whether an older converter made this page and a person edited it."""
    if known is None or known.version == VERSION:
        return False
    return is_there(ctx, known.path) and is_touched(ctx, known)


def _plan(ctx: Context, source: Inputs) -> Plan:
    known = pages.conversions(ctx.store)
    places = [Place(item.path, item.sha256, item.document) for item in source.items]
    moving = relocation(known, places)
    there = {path for path in known if is_there(ctx, path)}
    failures = progress.failed_subjects(ctx.store, STAGE, _FAILURES)
    stale = [
        item
        for item in source.items
        if item.source_id not in failures
        and _is_stale(ctx, source, item, known.get(item.document), there)
    ]
    gone = there - {item.document for item in source.items} - moving.moves.keys()
    edited = {path for path in gone if is_touched(ctx, known[path])}
    kept = {path for path in edited if not known[path].source_gone}
    return Plan(moving, tuple(stale), tuple(sorted(gone - edited)), tuple(sorted(kept)))


def _is_stale(
    ctx: Context, source: Inputs, item: Item, known: Conversion | None, there: Container[str]
) -> bool:
    """Whether the page is to be made: new, or made from something else. A page that was deleted
    is not, unless all are; an edited one is not for a newer converter alone."""
    if known is None or not there:
        return True
    if known.path not in there:
        return False
    if known.source_id != item.source_id or known.source_gone:
        return True
    if known.fingerprint != source.fingerprint(item, known.lookups):
        return True
    return known.version != VERSION and not is_touched(ctx, known)


def _convert_all(
    ctx: Context, source: Inputs, items: Sequence[Item]
) -> Iterator[tuple[str, str | None]]:
    known = pages.conversions(ctx.store)
    for i, item in enumerate(items, start=1):
        yield _convert(ctx, source, item, known.get(item.document))
        ctx.progress(Progress(stage=STAGE, done=i, total=len(items)))


def _convert(
    ctx: Context, source: Inputs, item: Item, known: Conversion | None
) -> tuple[str, str | None]:
    """(what became of the page, why it failed)."""
    try:
        made, shown = _made(source, item)
        with ctx.store.transaction():
            progress.mark(ctx.store, STAGE, item.source_id, _FAILURES)
            page_images.set_page(ctx.store, item.document, shown)
            return corrections.put(ctx, made, known), None
    except (SourceError, OSError, UnicodeError, RecursionError) as error:
        reason = f"{item.path}: {str(error).removeprefix(f'{item.path}: ')}"
        progress.mark(ctx.store, STAGE, item.source_id, _FAILURES, reason)
        return "failed", reason


def _made(source: Inputs, item: Item) -> tuple[Made, list[str]]:
    """(the page, the images in docs/ that it refers to)."""
    if item.problem:
        raise SourceError(item.problem)
    data = item.file.read()
    media_type = formats.media_type(item.path, data)
    if media_type is None and data.startswith(_GZIP):
        raise SourceError("is compressed: unpack it (gunzip)")
    if media_type is None:
        raise SourceError(f"is of no known kind ({_KINDS})")
    documents = source.lookups()
    place = formats.Place(
        path=item.path,
        declared=item.origin.charset if item.origin else None,
        prior=item.prior,
        documents=documents,
        targets=item.targets,
        link=source.relink(item, documents),
        whole=source.whole,
    )
    page = formats.convert_at(place, data)
    markdown = drop(page.markdown, source.rules)
    text = frontmatter.write(_fields(item, page), markdown, own=page.front_matter)
    asked = json.dumps(sorted(documents.asked))
    made = Conversion(
        path=item.document,
        source_id=item.source_id,
        source_path=item.path,
        source_sha256=item.sha256,
        fingerprint=source.fingerprint(item, asked),
        lookups=asked,
        version=VERSION,
        output_sha256=sha256(text.encode("utf-8")),
    )
    shown = [each for each in images(markdown, path=item.document) if each in source.images]
    return Made(made, text, media_type), shown


def _fields(item: Item, page: formats.Converted) -> dict[str, str]:
    """The front matter."""
    fields = {"title": page.title, "source": item.path}
    if item.origin is not None:
        fields |= {"url": item.origin.url, "fetched_at": item.origin.fetched_at}
    return fields | {"encoding": page.encoding, "encoding_reason": page.encoding_reason}


def _remove(ctx: Context, paths: Iterable[str]) -> None:
    for path in paths:
        (ctx.docs / path).unlink(missing_ok=True)
        pages.forget(ctx.store, path)


def _summary(ctx: Context, outcomes: Mapping[str, int], kept: Sequence[str], left_out: str) -> str:
    n_conflicts = len(pages.conflicts(ctx.store))
    known = pages.conversions(ctx.store).values()
    n_older = sum(_is_older(ctx, each) for each in known)
    n_pages = sum(outcomes.values())
    pages_said = f"{counted(n_pages, 'page')} converted to docs/"
    notes = [pages_said, *filter(None, [left_out])]
    if n_merged := outcomes.get("merged", 0) + outcomes.get("kept", 0):
        notes.append(f"{n_merged} of them with your edits")
    if kept:
        named = some_of(kept, _N_NAMED)
        notes.append(f"your edits of {named} stay although the source is gone")
    if n_conflicts:
        notes.append(f"{counted(n_conflicts, 'place')} to look at (`shikomi conflicts`)")
    if n_older:
        older = counted(n_older, "edited page")
        notes.append(f"{older} to be made anew by `shikomi convert --rebase`")
    return "; ".join(notes)
