"""What a reader sees of a page and of the Markdown made of it, white space left out."""

import re

import lxml.html
from markdown_it import MarkdownIt

RENDERER = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")


def seen(html: str) -> str:
    if not html.strip():
        return ""
    text = "".join(lxml.html.fromstring(f"<div>{html}</div>").itertext())
    return re.sub(r"[\s\u00a0\u3000]+", "", text)


def rendered(markdown: str) -> str:
    return RENDERER.render(markdown)
