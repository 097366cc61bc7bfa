"""Shikomi teaches a language model a body of documents and proves that it learnt them."""

__version__ = "0.1.0"
