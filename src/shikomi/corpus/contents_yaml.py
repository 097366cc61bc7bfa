"""Tables of contents in YAML: MkDocs, Jupyter Book, and the like.

Nothing but mappings, sequences and strings is looked at; tags are never obeyed.
"""

import posixpath
from collections.abc import Iterator

import yaml  # type: ignore[import-untyped]
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode  # type: ignore[import-untyped]

from shikomi.corpus.contents_rows import Contents, Entry
from shikomi.errors import SourceError

_TITLES = ("title", "name", "text", "caption", "label", "topic")
_URLS = ("file", "href", "path", "url", "link", "root", "page", "doc", "glob")
_BELOW = (
    "nav", "toc", "contents", "pages", "parts", "chapters", "sections", "subtrees", "entries",
    "items", "children", "topics",
)  # fmt: skip
_MAX_DEPTH = 20
_MAX_ENTRIES = 100_000
_MAX_CHARS = 512 << 10  # the parser in C would be faster, and dies of deep nesting


def read_yaml(text: str, *, path: str) -> tuple[Contents, ...]:
    """`nav` of mkdocs.yml (https://www.mkdocs.org/user-guide/configuration/#nav), `_toc.yml`
    (https://jupyterbook.org), toc.yml and index.yaml: sequences of titles and addresses.

    Raises:
        SourceError: It is not YAML, or too large.
    """
    if len(text) > _MAX_CHARS:
        raise SourceError(f"{path}: a table of contents of more than {_MAX_CHARS >> 10} kB")
    try:
        top = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = str(error).split("\n")[0]
        raise SourceError(f"{path}: is not YAML: {reason}") from None
    fields = _fields(top)
    folder = posixpath.dirname(path)
    bases = [path]
    inside = "docs"
    if posixpath.basename(path).lower().startswith("mkdocs"):
        inside = _scalar(fields.get("docs_dir")) or inside
        top = fields.get("nav") or fields.get("pages")
    bases.insert(0, posixpath.join(folder, inside, "index.md"))
    entries = tuple(_limited(_rows(top, 0)))
    return (Contents(path, entries, tuple(bases)),) if entries else ()


def _limited(rows: Iterator[Entry]) -> Iterator[Entry]:
    """An alias can make few lines stand for any number of rows."""
    for n, row in enumerate(rows):
        if n >= _MAX_ENTRIES:
            return
        yield row


def _rows(node: Node | None, depth: int) -> Iterator[Entry]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(node, ScalarNode) and node.value.strip():
        yield Entry(depth, "", node.value.strip())
    elif isinstance(node, SequenceNode):
        for each in node.value:
            yield from _rows(each, depth)
    elif isinstance(node, MappingNode):
        yield from _mapping(node, depth)


def _mapping(node: MappingNode, depth: int) -> Iterator[Entry]:
    fields = _fields(node)
    title = next((text for key in _TITLES if (text := _scalar(fields.get(key)))), "")
    url = next((text for key in _URLS if (text := _scalar(fields.get(key)))), "")
    below = [fields[key] for key in fields if key in _BELOW]
    if title or url:
        yield Entry(depth, title, url)
        depth += 1
    elif not below:
        yield from _titled(fields, depth)
        return
    for each in below:
        yield from _rows(each, depth)


def _titled(fields: dict[str, Node], depth: int) -> Iterator[Entry]:
    """`Title: address`, or `Title:` and what stands below it."""
    for title, value in fields.items():
        if isinstance(value, ScalarNode):
            yield Entry(depth, title, value.value.strip())
        else:
            yield Entry(depth, title)
            yield from _rows(value, depth + 1)


def _fields(node: Node | None) -> dict[str, Node]:
    if not isinstance(node, MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, ScalarNode)}


def _scalar(node: Node | None) -> str:
    return node.value.strip() if isinstance(node, ScalarNode) else ""
