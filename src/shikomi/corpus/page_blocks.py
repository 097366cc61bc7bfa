"""A page's body as its blocks, so that it can be put together again as it was."""

from collections.abc import Sequence
from dataclasses import dataclass

from shikomi.corpus.blocks import scan

NOT_A_HEADING = 7


@dataclass(frozen=True, slots=True)
class PageBlocks:
    """`gaps[i] + texts[i]` in order, then `tail`, is the body. A text does not end in a line
    break; `levels` are 1-6 for headings, else `NOT_A_HEADING`."""

    texts: tuple[str, ...]
    gaps: tuple[str, ...]
    levels: tuple[int, ...]
    tail: str


def page_blocks(body: str) -> PageBlocks:
    texts, gaps, levels, at = [], [], [], 0
    for block in scan(body):
        text = body[block.start : block.end].rstrip("\n")
        gaps.append(body[at : block.start])
        texts.append(text)
        levels.append(block.level or NOT_A_HEADING)
        at = block.start + len(text)
    return PageBlocks(tuple(texts), tuple(gaps), tuple(levels), body[at:])


def places(blocks: Sequence[str], run: Sequence[str]) -> list[int]:
    """Where `run` stands among the blocks, as indexes; an empty run stands nowhere."""
    if not run:
        return []
    starts = [i for i, block in enumerate(blocks) if block == run[0]]
    return [i for i in starts if list(blocks[i : i + len(run)]) == list(run)]
