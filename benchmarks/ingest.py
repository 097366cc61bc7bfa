"""Fidelity and speed of HTML to Markdown, ours and the peers' on the same pages in one run.

    python benchmarks/ingest.py FOLDER... [--json] [--peers NAME,...] [--peer-pages N]

A page's reference is the text of its `<body>` (scripts, styles and templates aside); ours keeps
the menus here that it leaves out around a page's main content otherwise. A
converter's Markdown is rendered (CommonMark with GitHub's tables, HTML let through) and its text
compared with the reference by character 5-grams, punctuation counted, white space not:
`rendered_mean` is the share of the reference's 5-grams that come back, `precision_mean` the share
of the rendered ones that are the page's (pages without text, such as image maps and framesets,
left out), `recall_mean` the first for letters and digits alone.
`features`: those that came through, of those there are. Seconds are of the CPU, child processes
counted. `peak_memory_mb` is that of this process when ours had converted all pages, all of them
and their Markdown in memory.

With `--peer-pages N` the peers get N of the pages, spread evenly over all, and `ours_there` has
our figures for those. `pip install '.[bench]'` installs the peers; one that is not there is named
with the reason.
"""

import argparse
import json
import re
import resource
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from urllib.parse import unquote

import lxml.html
from markdown_it import MarkdownIt

from shikomi.corpus import html
from shikomi.corpus.decode import decode

SKIPPED = {"script", "style", "head", "noscript", "template", "noframes", "title"}
SPACE = re.compile(r"[\s\u00a0\u3000\u200b\ufeff]+")
MARKS = re.compile(r"[\W_]+")
RENDERER = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
SMALL_BYTES = 20_000
Converter = Callable[[str], str]


@dataclass(frozen=True)
class Page:
    name: str
    text: str
    size: int


@dataclass(frozen=True)
class Output:
    """What a converter made of a page; None where it failed."""

    markdown: str | None
    seconds: float


@dataclass(frozen=True)
class Score:
    rendered: float
    precision: float | None
    recall: float
    there: dict[str, int]
    wanted: dict[str, int]


def main() -> None:
    options = arguments()
    pages = [page for folder in options.folders for page in read(Path(folder))][: options.limit]
    if not pages:
        sys.exit("no HTML pages there")
    outputs = {"shikomi": run(_own, pages, range(len(pages)))}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sample = spread(len(pages), options.peer_pages)
    missing = {}
    for name in options.peers:
        try:
            converter = PEERS[name]()
        except (ImportError, OSError) as error:
            missing[name] = {"missing": str(error)}
            continue
        outputs[name] = run(converter, pages, sample)
    result = table(pages, outputs, sample)
    result["peers"] |= missing
    result["peak_memory_mb"] = round(peak)
    if options.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
    else:
        show(result)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--peers", type=lambda text: text.split(",") if text else [],
                        default=list(PEERS))  # fmt: skip
    parser.add_argument("--peer-pages", type=int, default=None)
    parser.add_argument("--limit", type=int, default=None)
    return parser.parse_args()


def read(folder: Path) -> Iterator[Page]:
    """The decoded HTML pages below the folder, or of a file."""
    files = [folder] if folder.is_file() else sorted(folder.rglob("*"))
    for file in files:
        if file.is_file() and file.suffix.lower() in (".html", ".htm", ".xhtml"):
            data = file.read_bytes()
            yield Page(str(file), decode(data).text, len(data))


def spread(n: int, wanted: int | None) -> list[int]:
    """`wanted` of the numbers below `n`, evenly; all where there are no more."""
    if wanted is None or wanted >= n:
        return list(range(n))
    return [i * n // wanted for i in range(wanted)]


def run(convert: Converter, pages: Sequence[Page], numbers: Sequence[int]) -> dict[int, Output]:
    found = {}
    for i in numbers:
        start = cpu_seconds()
        try:
            markdown = convert(pages[i].text)
        except Exception as error:  # noqa: BLE001 - a peer may raise anything
            markdown = None
            print(f"{pages[i].name}: {type(error).__name__}: {error}", file=sys.stderr)
        found[i] = Output(markdown, cpu_seconds() - start)
    return found


def cpu_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def table(pages: Sequence[Page], outputs: dict[str, dict[int, Output]], sample: list[int]) -> dict:
    scores: dict[str, dict[int, Score]] = {name: {} for name in outputs}
    for i, page in enumerate(pages):
        reference = Reference(page.text)
        for name, made in outputs.items():
            if i in made:
                scores[name][i] = reference.score(made[i].markdown or "")
    every = range(len(pages))
    own = figures(pages, outputs["shikomi"], scores["shikomi"], every)
    small = [i for i in every if pages[i].size < SMALL_BYTES]
    own["pages_per_second_small"] = rate(outputs["shikomi"], small)
    own["pages_small"] = len(small)
    if len(sample) < len(pages):
        own["ours_there"] = figures(pages, outputs["shikomi"], scores["shikomi"], sample)
    peers = {name: figures(pages, made, scores[name], sample)
             for name, made in outputs.items() if name != "shikomi"}  # fmt: skip
    return own | {"peers": peers}


def figures(
    pages: Sequence[Page], made: dict[int, Output], scores: dict[int, Score], numbers: Sequence[int]
) -> dict:
    chosen = [scores[i] for i in numbers]
    exact = [score.precision for score in chosen if score.precision is not None]
    below = [(pages[i].name, round(scores[i].rendered, 4)) for i in numbers
             if scores[i].rendered < 0.98]  # fmt: skip
    there = sum((Counter(score.there) for score in chosen), Counter())
    wanted = sum((Counter(score.wanted) for score in chosen), Counter())
    return {
        "pages": len(chosen),
        "rendered_mean": sum(score.rendered for score in chosen) / len(chosen),
        "precision_mean": mean(exact) if exact else None,
        "pages_without_text": len(chosen) - len(exact),
        "recall_mean": sum(score.recall for score in chosen) / len(chosen),
        "n_below_95": sum(score.rendered < 0.95 for score in chosen),
        "pages_below_98": sorted(below, key=lambda item: item[1]),
        "failed": sum(made[i].markdown is None for i in numbers),
        "features": {kind: [there[kind], wanted[kind]] for kind in sorted(wanted)},
        "pages_per_second": rate(made, numbers),
    }


def rate(made: dict[int, Output], numbers: Sequence[int]) -> float | None:
    seconds = sum(made[i].seconds for i in numbers)
    return round(len(numbers) / seconds, 1) if seconds else None


def show(result: dict) -> None:
    rows = [("shikomi", result), *result["peers"].items()]
    if there := result.get("ours_there"):
        rows.insert(1, ("shikomi there", there))
    for name, row in rows:
        print(f"{name:16}", line(row))
    speed = result["pages_per_second_small"]
    print(f"pages under {SMALL_BYTES // 1000} kB: {result['pages_small']}, pages/s {speed}")
    print(f"peak memory {result['peak_memory_mb']} MB")
    for name, share in result["pages_below_98"]:
        print(f"  {share:.4f} {name}")


def line(row: dict) -> str:
    if "missing" in row:
        return f"not here: {row['missing']}"
    return (
        f"pages {row['pages']} rendered {row['rendered_mean']:.4f}"
        f" precision {row['precision_mean'] or 0:.4f} recall {row['recall_mean']:.4f}"
        f" below .95: {row['n_below_95']} below .98: {len(row['pages_below_98'])}"
        f" failed {row['failed']} pages/s {row['pages_per_second']}"
        f" {' '.join(f'{kind} {a}/{b}' for kind, (a, b) in row['features'].items())}"
    )


class Reference:
    """What a page has, to compare with."""

    def __init__(self, text: str) -> None:
        self._root = parsed(text)
        shown = visible(self._root)
        self._grams = grams(SPACE.sub("", shown))
        self._letters = grams(MARKS.sub("", shown))
        self._features = features(self._root, self._root)

    def score(self, markdown: str) -> Score:
        other = parsed(RENDERER.render(markdown))
        shown = visible(other)
        rendered, precision = compared(self._grams, grams(SPACE.sub("", shown)))
        found = features(other, self._root)
        return Score(
            rendered=rendered,
            precision=precision if self._grams else None,
            recall=compared(self._letters, grams(MARKS.sub("", shown)))[0],
            there={kind: (own & found[kind]).total() for kind, own in self._features.items()},
            wanted={kind: own.total() for kind, own in self._features.items()},
        )


def features(root, page) -> dict[str, Counter[str]]:
    """What must come through whole: headings, lines of code blocks, links with a text, and the
    anchors that the page's own links go to. `page` says which anchors those are."""
    if root is None:
        return {kind: Counter() for kind in ("headings", "pre lines", "links", "anchors")}
    headings = (MARKS.sub("", visible(h)) for h in root.iter("h1", "h2", "h3", "h4", "h5", "h6"))
    lines = (" ".join(text.split()) for pre in root.iter("pre") for text in code(pre))
    links = [a for a in root.iter("a") if a.get("href")]
    goals = {unquote(a.get("href")[1:]) for a in page.iter("a") if (a.get("href") or "")[:1] == "#"}
    names = {each.get(key) for each in root.iter() for key in ("id", "name")
             if isinstance(each.tag, str) and (key == "id" or each.tag == "a")}  # fmt: skip
    return {
        "headings": Counter(filter(None, headings)),
        "pre lines": Counter(filter(None, lines)),
        "links": Counter(address(a) for a in links if MARKS.sub("", visible(a))),
        "anchors": Counter(goals & {name for name in names if name}),
    }


def code(pre) -> list[str]:
    return "".join(pieces(pre)).split("\n")


def pieces(element) -> Iterator[str]:
    yield element.text or "" if isinstance(element.tag, str) else ""
    for child in element:
        yield "\n" if child.tag == "br" else "".join(pieces(child))
        yield child.tail or ""


def address(link) -> str:
    """`page.html#id` and `page.md#id` are the same page: links may be turned to the documents."""
    url = re.sub(r"\.(?:x?html?|md)(?=#|$)", "", unquote(link.get("href").strip()), flags=re.I)
    return re.sub(r"\s+", "", url)


def parsed(text: str):
    cleaned = re.sub(r"^\s*<\?xml[^>]*\?>", "", text.removeprefix("\ufeff")).replace("\0", "")
    parser = lxml.html.HTMLParser(huge_tree=True, encoding="utf-8")
    try:
        root = lxml.html.document_fromstring(cleaned.encode("utf-8", "replace"), parser=parser)
    except lxml.etree.ParserError:
        return None
    body = root.find("body")
    return root if body is None else body


def visible(body) -> str:
    if body is None:
        return ""
    parts: list[str] = []
    skipping = None
    for event, each in lxml.etree.iterwalk(body, events=("start", "end", "comment", "pi")):
        if event in ("comment", "pi"):
            parts.append((each.tail or "") if skipping is None else "")
        elif event == "start" and skipping is None:
            if each.tag in SKIPPED:
                skipping = each
            else:
                parts.append(each.text or "")
        elif event == "end":
            skipping = None if skipping is each else skipping
            if skipping is None and each is not body:
                parts.append(each.tail or "")
    return "".join(parts)


def compared(ours: Counter[str], theirs: Counter[str]) -> tuple[float, float]:
    """(share of the page's 5-grams in the other, share of the other's in the page)."""
    shared = (ours & theirs).total()
    return (
        shared / ours.total() if ours else 1.0,
        shared / theirs.total() if theirs else 1.0,
    )


def grams(text: str, n: int = 5) -> Counter[str]:
    if len(text) < n:
        return Counter([text] if text else [])
    return Counter(text[i : i + n] for i in range(len(text) - n + 1))


def _own(text: str) -> str:
    return html.to_markdown(text, path="page.html", whole=True)


def _html_to_markdown() -> Converter:
    from html_to_markdown import convert

    return lambda text: convert(text).content or ""


def _markdownify() -> Converter:
    import markdownify

    return lambda text: markdownify.markdownify(text, heading_style="ATX")


def _trafilatura() -> Converter:
    import trafilatura

    def convert(text: str) -> str:
        return trafilatura.extract(text, output_format="markdown", include_links=True,
                                   include_tables=True, include_formatting=True,
                                   include_images=True, favor_recall=True) or ""  # fmt: skip

    return convert


def _pandoc() -> Converter:
    command = [_pandoc_program(), "--from=html", "--to=gfm", "--wrap=none"]

    def convert(text: str) -> str:
        done = subprocess.run(command, input=text.encode("utf-8", "replace"), capture_output=True)
        if done.returncode:
            raise RuntimeError(done.stderr.decode("utf-8", "replace").strip())
        return done.stdout.decode("utf-8")

    return convert


def _pandoc_program() -> str:
    """The one on the PATH, else the one that comes with pypandoc_binary."""
    if program := shutil.which("pandoc"):
        return program
    import pypandoc

    return pypandoc.get_pandoc_path()


PEERS: dict[str, Callable[[], Converter]] = {
    "html-to-markdown": _html_to_markdown,
    "markdownify": _markdownify,
    "trafilatura": _trafilatura,
    "pandoc": _pandoc,
}

if __name__ == "__main__":
    main()
