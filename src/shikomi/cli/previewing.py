"""`shikomi preview`: what would be sent, before anything is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.cli.layout import wrapped
from shikomi.stages import section
from shikomi.stages.preview import Preview, Previewed, preview

_NOTHING = "nothing is pending: no request for pairs would be sent"


def previewed(folder: Path, n: int) -> Preview:
    """Some of the next requests, after what costs nothing: pages to sections."""
    with app.open_project(folder, Machine.here()) as ctx:
        app.run(ctx, only=section.STAGE)
        return preview(ctx, n)


def table(found: Preview) -> dict[str, Any]:
    return {
        "pending": found.n_pending,
        "base_url": found.base_url,
        "requests": [_row(each) for each in found.some],
    }


def _row(each: Previewed) -> dict[str, Any]:
    request = each.request
    return {
        "about": each.place,
        "model": request.model,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
        "schema": request.schema,
        "input_tokens": round(each.size.input_tokens),
    }


def lines(found: Preview, *, width: int) -> str:
    if not found.some:
        return _NOTHING
    return "\n\n".join("\n".join(_lines(each, found, width)) for each in found.some)


def _lines(each: Previewed, found: Preview, width: int) -> Iterator[str]:
    request = each.request
    where = found.base_url or "this machine"
    said = (
        f"one of {found.n_pending} for pairs, about docs/{each.place}, to {request.model} at"
        f" {where}: about {each.size.input_tokens:,.0f} tokens, at most {request.max_tokens:,} back"
    )
    yield from wrapped(said, width)
    for message in request.messages:
        yield f"--- {message.role}"
        for line in message.content.splitlines():
            yield from wrapped(line, width) or [""]
