"""Find the passages that a question is about."""

from shikomi.retrieval.files import VERSION, open_index
from shikomi.retrieval.index import Hit, Index, build, updated
from shikomi.retrieval.passages import Passage, passage
from shikomi.retrieval.snippets import snippet

__all__ = [
    "VERSION",
    "Hit",
    "Index",
    "Passage",
    "build",
    "open_index",
    "passage",
    "snippet",
    "updated",
]
