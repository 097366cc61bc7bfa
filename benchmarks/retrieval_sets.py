"""Questions with the sections that answer them, from three kinds of places."""

import json
import random
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import human_sets
from shikomi import app
from shikomi.app.create import create
from shikomi.app.endpoints import Machine
from shikomi.corpus import blocks, language
from shikomi.corpus.capsule import capsule
from shikomi.corpus.inline import plain
from shikomi.corpus.links import mask_code, resolve
from shikomi.store import corpus
from shikomi.types import Section

EXAMPLES = Path(__file__).parent.parent / "examples"
LINK = re.compile(r"(?<!!)\[(?P<text>[^\[\]\n]+)\]\(<?(?P<url>[^()<>\s]+)>?\)")
ID = re.compile(r"\bid=[\"']([^\"']+)[\"']|\{#([^{}]+)\}")
MENU_PAGES = 3
CONTEXT_CHARACTERS = 120
SENTENCE_END = re.compile(r"[。！？]|[.!?](?=\s)")


@dataclass(frozen=True)
class Query:
    """`targets` are the ids of the sections that answer it, any of which will do; `excluded` is
    the section that the query itself is taken from."""

    text: str
    targets: frozenset[str]
    excluded: str = ""


@dataclass(frozen=True)
class QuestionSet:
    name: str
    sections: Sequence[Section]
    queries: Sequence[Query]


def examples() -> Iterator[QuestionSet]:
    """The example sets' questions, each with the section that its `section` names."""
    for example in sorted(EXAMPLES.glob("*/questions.jsonl")):
        known = json.loads((example.parent / "shikomi.example.json").read_text(encoding="utf-8"))
        sections = project(example.parent / "docs", **known)
        lines = example.read_text(encoding="utf-8").splitlines()
        queries = [question(json.loads(line), sections) for line in lines if line.strip()]
        yield QuestionSet(f"examples/{example.parent.name}", sections, queries)


def question(row: dict, sections: Sequence[Section]) -> Query:
    path, _, heading = row["section"].partition("#")
    found = [s for s in sections if s.path == path and heading in titles(s)]
    if not found:
        raise SystemExit(f"no section {row['section']!r} for the question {row['id']}")
    return Query(row["question"], frozenset(s.id for s in found))


def titles(section: Section) -> set[str]:
    return {*section.headings, *(block.title for block in blocks.headings(section.text))}


def project(source: Path, *, root: str | None = None, aliases=(), lang="auto") -> list[Section]:
    """The sections that the stages themselves make of a folder of documents."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        create(
            folder,
            source=source,
            root=root,
            aliases=aliases,
            lang=lang,
            overrides="" if root else "root_known = false\n",
        )
        with app.open_project(folder, Machine.here()) as ctx:
            app.run(ctx, only="section")
            return corpus.current_sections(ctx.store)


def links(folder: Path, *, limit: int, seed: int) -> QuestionSet:
    """The links between a folder's pages: the link's sentence asks, the linked place answers."""
    sections = project(folder)
    pages: dict[str, list[Section]] = {}
    for section in sections:
        pages.setdefault(section.path, []).append(section)
    found = list(_links(sections, pages))
    spread = Counter({key: len({page for page, _ in uses}) for key, uses in _uses(found).items()})
    kept = {
        (query.text, query.targets): query
        for key, _, query in found
        if spread[key] <= MENU_PAGES  # what stands on many pages is a menu
    }
    queries = list(kept.values())
    random.Random(seed).shuffle(queries)
    return QuestionSet(f"links/{folder.name}", sections, queries[:limit])


Key = tuple[str, str, str]


def _uses(found: Sequence[tuple[Key, str, Query]]) -> dict[Key, list[tuple[str, Query]]]:
    uses: dict[Key, list[tuple[str, Query]]] = {}
    for key, page, query in found:
        uses.setdefault(key, []).append((page, query))
    return uses


def _links(sections, pages) -> Iterator[tuple[Key, str, Query]]:
    anchors = {path: _anchors(page) for path, page in pages.items()}
    for section in sections:
        for line, masked in zip(
            section.text.split("\n"), mask_code(section.text).split("\n"), strict=True
        ):
            for match in LINK.finditer(masked):
                target, anchor = resolve(match["url"], section.path)
                targets = _targets(pages.get(target, []), anchors.get(target, {}), anchor)
                targets -= {section.id}
                text = plain(line[slice(*match.span("text"))])
                if not targets or len(text) < 2 or (target == section.path and not anchor):
                    continue
                words = f"{' '.join(section.headings[-1:])} {_around(line, match)}".strip()
                yield (text, target, anchor), section.path, Query(words, targets, section.id)


def _anchors(page: Sequence[Section]) -> dict[str, str]:
    """Anchor -> the id of the section that holds it."""
    found: dict[str, str] = {}
    for section in page:
        for match in ID.finditer(section.text):
            found.setdefault((match[1] or match[2]).lower(), section.id)
        for title in (block.title for block in blocks.headings(section.text)):
            slug = re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")
            found.setdefault(slug, section.id)
    return found


def _targets(page, anchors: dict[str, str], anchor: str) -> frozenset[str]:
    """A link to a page means any of its sections; one to an anchor the section that holds it."""
    if not anchor:
        return frozenset(section.id for section in page)
    found = anchors.get(unquote(anchor).lower())
    return frozenset([found] if found else [])


def _around(line: str, match: re.Match[str]) -> str:
    """The link's sentence without markup, at most so many characters on either side."""
    before = plain(SENTENCE_END.split(line[: match.start()])[-1])[-CONTEXT_CHARACTERS:]
    after = plain(SENTENCE_END.split(line[match.end() :])[0])[:CONTEXT_CHARACTERS]
    return f"{before} {plain(line[slice(*match.span('text'))])} {after}".strip(" |")


def human(file: Path) -> QuestionSet:
    """Paragraphs with people's questions, in the form of SQuAD: a paragraph is a section, its
    article's title all that stands above it."""
    rows = human_sets.paragraphs(file)
    sections = [_paragraph(n, row.title, row.text) for n, row in enumerate(rows)]
    queries = [
        Query(each.question, frozenset([section.id]))
        for section, row in zip(sections, rows, strict=True)
        for each in row.questions
    ]
    return QuestionSet(f"human/{file.stem}", sections, queries)


def _paragraph(n: int, title: str, text: str) -> Section:
    return Section(
        id=str(n),
        document_id=title,
        path=f"{title}.md",
        headings=(title,),
        start=0,
        end=len(text),
        text=text,
        lang=language.detect(text),
        capsule=capsule(breadcrumb=(title,), system=None),
    )


def tell(result: Mapping[str, object], *, as_json: bool) -> None:
    """Print what was measured of each set."""
    if as_json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
        return
    for name, row in result.items():
        print(f"{name:28} {row}")
