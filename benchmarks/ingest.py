"""Fidelity and speed of HTML to Markdown, ours and the peers' on the same pages in one run.

    python benchmarks/ingest.py FOLDER... [--json] [--peers NAME,...] [--limit N]

A page's reference is the text of its `<body>` (scripts, styles and templates aside). A
converter's Markdown is rendered (CommonMark with GitHub's tables, HTML let through) and its text
compared with the reference by character 5-grams, punctuation counted, white space not:
`rendered_mean` is the share of the reference's 5-grams that come back, `precision_mean` the share
of the rendered ones that are the page's, `recall_mean` the first for letters and digits alone.
`features`: those that came through, of those there are. Peers that are not installed are named
with the reason; `pip install '.[bench]'` installs all but pandoc.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

import lxml.html
from markdown_it import MarkdownIt

from shikomi.corpus import html
from shikomi.corpus.decode import decode

SKIPPED = {"script", "style", "head", "noscript", "template", "noframes", "title"}
SPACE = re.compile(r"[\s\u00a0\u3000\u200b\ufeff]+")
MARKS = re.compile(r"[\W_]+")
RENDERER = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
Converter = Callable[[str], str]


def main() -> None:
    options = arguments()
    pages = [page for folder in options.folders for page in read(Path(folder))][: options.limit]
    if not pages:
        sys.exit("no HTML pages there")
    own = measure(lambda text: html.to_markdown(text, path="page.html"), pages)
    peers = {}
    for name in options.peers:
        try:
            converter = PEERS[name]()
        except (ImportError, FileNotFoundError) as error:
            peers[name] = {"missing": str(error)}
            continue
        peers[name] = measure(converter, pages)
    result = own | {"pages": len(pages), "peers": peers}
    if options.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
        return
    for name, figures in [("shikomi", own), *peers.items()]:
        print(name, line(figures))
    for name, share in own["pages_below_98"]:
        print(f"  {share:.4f} {name}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--peers", type=lambda text: text.split(",") if text else [],
                        default=list(PEERS))  # fmt: skip
    parser.add_argument("--limit", type=int, default=None)
    return parser.parse_args()


def line(figures: dict) -> str:
    if "missing" in figures:
        return f"not here: {figures['missing']}"
    return (
        f"rendered {figures['rendered_mean']:.4f} precision {figures['precision_mean']:.4f}"
        f" recall {figures['recall_mean']:.4f} below .98: {len(figures['pages_below_98'])}"
        f" failed {figures['failed']} pages/s {figures['pages_per_second']:.0f}"
        f" {' '.join(f'{kind} {a}/{b}' for kind, (a, b) in figures['features'].items())}"
    )


def read(folder: Path) -> Iterator[tuple[str, str]]:
    """(name, decoded text) of every HTML page below the folder, or of a file."""
    files = [folder] if folder.is_file() else sorted(folder.rglob("*"))
    for file in files:
        if file.is_file() and file.suffix.lower() in (".html", ".htm", ".xhtml"):
            yield str(file), decode(file.read_bytes()).text


def measure(convert: Converter, pages: list[tuple[str, str]]) -> dict:
    rendered, precision, recall = [], [], []
    below, failed, seconds = [], 0, 0.0
    there: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for name, text in pages:
        start = time.process_time()
        try:
            markdown = convert(text)
        except Exception as error:  # noqa: BLE001 - a peer may raise anything
            markdown, failed = "", failed + 1
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
        seconds += time.process_time() - start
        page, other = parsed(text), parsed(RENDERER.render(markdown))
        ours, theirs = visible(page), visible(other)
        found, exact = compared(SPACE.sub("", ours), SPACE.sub("", theirs))
        rendered.append(found)
        precision.append(exact)
        recall.append(compared(MARKS.sub("", ours), MARKS.sub("", theirs))[0])
        if found < 0.98:
            below.append((name, round(found, 4)))
        for kind, parts in features(page, page).items():
            wanted[kind] += sum(parts.values())
            there[kind] += sum((parts & features(other, page)[kind]).values())
    n = len(pages)
    return {
        "rendered_mean": sum(rendered) / n,
        "precision_mean": sum(precision) / n,
        "recall_mean": sum(recall) / n,
        "pages_below_98": sorted(below, key=lambda item: item[1]),
        "failed": failed,
        "features": {kind: [there[kind], wanted[kind]] for kind in sorted(wanted)},
        "pages_per_second": n / seconds if seconds else float("inf"),
    }


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


def compared(page: str, other: str) -> tuple[float, float]:
    """(share of the page's 5-grams in the other, share of the other's in the page)."""
    ours, theirs = grams(page), grams(other)
    shared = sum((ours & theirs).values())
    return (
        shared / sum(ours.values()) if ours else 1.0,
        shared / sum(theirs.values()) if theirs else 1.0,
    )


def grams(text: str, n: int = 5) -> Counter[str]:
    if len(text) < n:
        return Counter([text] if text else [])
    return Counter(text[i : i + n] for i in range(len(text) - n + 1))


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
    program = shutil.which("pandoc")
    if program is None:
        raise FileNotFoundError("pandoc is not on the PATH")
    command = [program, "--from=html", "--to=gfm", "--wrap=none"]

    def convert(text: str) -> str:
        return subprocess.run(command, input=text, capture_output=True, text=True).stdout

    return convert


PEERS: dict[str, Callable[[], Converter]] = {
    "html-to-markdown": _html_to_markdown,
    "markdownify": _markdownify,
    "trafilatura": _trafilatura,
    "pandoc": _pandoc,
}

if __name__ == "__main__":
    main()
