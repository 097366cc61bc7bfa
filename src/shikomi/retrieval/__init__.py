"""Find the passages that a question is about."""

from shikomi.retrieval.index import Chunk, Hit, Index, build

__all__ = ["Chunk", "Hit", "Index", "build"]
