"""Hand corrections over a source that changes: are they all still there?

    python benchmarks/corrections.py FOLDER... [--corrections 1000] [--rounds 3] [--seed 1] [--json]

The documents of the folders become a project. Sentences are inserted, words changed, blocks
deleted and added in its pages (each correction on a block of its own). Then, in each round, the
corrected pages' sources change as an upstream changes them: words, paragraphs, list items and
rows come, go, move and are reworded, markup and line breaks are rewritten, navigation is added,
files are renamed, removed and added; and the pages are converted again.

`kept`: the corrected block stands in the page as the person left it, or, if it was deleted, has
not come back. `conflicts`: places that both changed, listed for the person. `machine_lost`:
blocks of the new conversion that are neither in the page, nor in a conflict, nor deleted by the
person. `writes_unchanged`: pages written by runs over an unchanged source.
"""

import argparse
import json
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.corpus import frontmatter
from shikomi.corpus.decode import decode
from shikomi.corpus.page_blocks import PageBlocks, page_blocks
from shikomi.errors import SourceError
from shikomi.stages import Context, convert
from shikomi.store import pages

SUFFIXES = {".html", ".htm", ".md", ".txt"}
WORDS = ["lamp", "valve", "meter", "設定", "手順", "relay", "表示", "cable", "起動", "switch", "値"]


@dataclass(frozen=True)
class Correction:
    """`text` is the block as the person left it, "" where it was deleted; `before` what it was."""

    kind: str
    source: str
    document: str
    before: str
    text: str


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory() as place:
        result = measure(Path(place), options)
    if options.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
        return
    for key, value in result.items():
        print(f"{key}: {value}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--corrections", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def measure(place: Path, options: argparse.Namespace) -> dict:
    rng = random.Random(options.seed)
    project = make_project(place, options.folders)
    with app.open_project(project, Machine(cache=place, environment={})) as ctx:
        convert.run(ctx)
        corrections = correct(ctx, rng, options.corrections)
        writes = writes_unchanged(ctx)
        upstream, began, seconds = Counter(), 0.0, 0.0
        for _ in range(options.rounds):
            corrections = change_sources(ctx, rng, corrections, upstream)
            began = time.monotonic()
            convert.run(ctx)
            seconds += time.monotonic() - began
            writes += writes_unchanged(ctx)
        lost = [each for each in corrections if not is_kept(ctx, each)]
        machine_lost = missing(ctx, corrections)
        conflicts = pages.conflicts(ctx.store)
    return {
        "corrections": len(corrections),
        "kept": len(corrections) - len(lost),
        "lost": len(lost),
        "conflicts": len(conflicts),
        "writes_unchanged": writes,
        "machine_lost": len(machine_lost),
        "by_kind": dict(Counter(each.kind for each in corrections)),
        "upstream_changes": dict(upstream),
        "rounds": options.rounds,
        "seconds_per_round": round(seconds / options.rounds, 1),
        "machine_lost_examples": machine_lost[:10],
        "lost_examples": [f"{each.kind} {each.document}: {each.text[:80]}" for each in lost[:10]],
    }


def make_project(place: Path, folders: Sequence[Path]) -> Path:
    project = place / "project"
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.suffix.lower() in SUFFIXES:
                target = project / "source" / folder.name / file.relative_to(folder)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
    if not project.exists():
        sys.exit("no documents there")
    (project / "shikomi.toml").write_text('[project]\nroot = "Corpus"\n', encoding="utf-8")
    return project


def body_of(page: str) -> tuple[str, PageBlocks]:
    """(front matter as it stands, the blocks of the body)."""
    body = frontmatter.split(page)[1]
    return page[: len(page) - len(body)], page_blocks(body)


def read(ctx: Context, document: str) -> str:
    return (ctx.docs / document).read_text(encoding="utf-8")


# What people do to pages.


def correct(ctx: Context, rng: random.Random, n: int) -> list[Correction]:
    """Corrections on blocks that occur once, each on its own; as many as there is room for."""
    known = pages.conversions(ctx.store)
    room = [(p, i) for p in known for i, _ in enumerate(body_of(read(ctx, p))[1].texts)]
    chosen: dict[str, list[int]] = {}
    for path, i in rng.sample(room, min(2 * n, len(room))):
        chosen.setdefault(path, []).append(i)
    made: list[Correction] = []
    for path in rng.sample(list(chosen), len(chosen)):
        made += correct_page(ctx, rng, path, known[path].source_path, chosen[path][: n - len(made)])
    return made


def correct_page(ctx, rng, path, source, indexes) -> list[Correction]:
    head, blocks = body_of(read(ctx, path))
    texts, made = list(blocks.texts), []
    counts = Counter(texts)
    for i in indexes:
        kind = rng.choice(["insert sentence", "change word", "delete block", "add block"])
        if counts[blocks.texts[i]] > 1:
            continue
        new, left = CORRECT[kind](rng, blocks.texts[i])
        stays = not left or page_blocks(left).texts == (left,)  # a block of its own
        if new != blocks.texts[i] and stays:
            texts[i] = new
            made.append(Correction(kind, source, path, blocks.texts[i], left))
    parts = [gap + text if text else "" for gap, text in zip(blocks.gaps, texts, strict=True)]
    page = head + "".join(parts) + blocks.tail
    there = Counter(body_of(page)[1].texts)
    if any(there[each.text] != 1 for each in made if each.text):
        return []  # the page reads otherwise now: not a correction of one block
    (ctx.docs / path).write_text(page, encoding="utf-8")
    return made


def sentence(rng: random.Random) -> str:
    words = " ".join(rng.choice(WORDS) for _ in range(rng.randint(4, 9)))
    return f"{words} {rng.randint(10_000, 99_999)}."


def insert_sentence(rng, text):
    lines = text.split("\n")
    if text.lstrip().startswith(("```", "~~~")):
        return text, text
    at = rng.randrange(len(lines))
    lines[at] += " " + sentence(rng)
    return "\n".join(lines), "\n".join(lines)


def change_word(rng, text):
    words = list(re.finditer(r"\w+", text))
    if not words:
        return text, text
    match = rng.choice(words)
    new = f"{text[: match.start()]}word{rng.randint(1000, 9999)}{text[match.end() :]}"
    return new, new


def delete_block(rng, text):
    return "", ""


def add_block(rng, text):
    new = sentence(rng)
    return f"{text}\n\n{new}", new


CORRECT = {
    "insert sentence": insert_sentence,
    "change word": change_word,
    "delete block": delete_block,
    "add block": add_block,
}


# What an upstream does to its files.


def change_sources(ctx, rng, corrections, upstream: Counter) -> list[Correction]:
    """Change the corrected sources; some are renamed or removed, and some files are new."""
    root = ctx.folder / "source"
    renamed: dict[str, str] = {}
    for source in sorted({each.source for each in corrections}):
        file, fate = root / source, rng.random()
        if not file.exists():
            continue
        if fate < 0.01:
            file.unlink()
            upstream["remove file"] += 1
        elif fate < 0.03:
            target = file.with_name(f"{file.stem}-{rng.randint(100, 999)}{file.suffix}")
            file.rename(target)
            renamed[source] = target.relative_to(root).as_posix()
            upstream["rename file"] += 1
        else:
            change_file(rng, file, upstream)
    for n in range(5):
        name = f"new-{rng.randint(0, 10**9)}-{n}.html"
        (root / name).write_text(f"<h1>New</h1><p>{sentence(rng)}</p>", encoding="utf-8")
    return [moved(each, renamed) for each in corrections]


def moved(correction: Correction, renamed: dict[str, str]) -> Correction:
    source = renamed.get(correction.source)
    if source is None:
        return correction
    document = re.sub(r"\.(?:html?|md|txt)$", ".md", source)
    return replace(correction, source=source, document=document)


def change_file(rng, file: Path, upstream: Counter) -> None:
    try:
        decoded = decode(file.read_bytes())
    except SourceError:
        return
    text = decoded.text
    changes = HTML_CHANGES if file.suffix.lower().startswith(".htm") else TEXT_CHANGES
    for name in rng.choices(list(changes), k=rng.randint(1, 6)):
        changed = changes[name](rng, text)
        if changed != text:
            upstream[name] += 1
            text = changed
    file.write_bytes(text.encode(decoded.encoding, "xmlcharrefreplace"))


def one_of(rng, pattern: str, text: str) -> re.Match | None:
    found = list(re.finditer(pattern, text, re.IGNORECASE | re.DOTALL))
    return rng.choice(found) if found else None


def substitute(pattern: str, new: Callable) -> Callable:
    """Replace one place that matches, chosen by chance."""

    def change(rng, text):
        match = one_of(rng, pattern, text)
        if match is None:
            return text
        return text[: match.start()] + new(rng, match) + text[match.end() :]

    return change


def move(pattern: str) -> Callable:
    def change(rng, text):
        taken = one_of(rng, pattern, text)
        if taken is None:
            return text
        rest = text[: taken.start()] + text[taken.end() :]
        place = one_of(rng, pattern, rest)
        at = place.end() if place else taken.start()
        return rest[:at] + taken[0] + rest[at:]

    return change


PARAGRAPH = r"<p\b[^>]*>(?:(?!<p\b|<table|<ul|<ol|<dl|<pre|</td|</body).){1,3000}?</p>"
ITEM = r"<li\b[^>]*>(?:(?!<li\b|<ul|<ol).){1,1000}?</li>"
ROW = r"<tr\b[^>]*>(?:(?!<tr\b|<table).){1,2000}?</tr>"
WORD = r"(?<=>)([^<>]{3,})(?=<)"
HTML_CHANGES: dict[str, Callable] = {
    "reword": substitute(WORD, lambda rng, m: f"{m[1]} {rng.choice(WORDS)}{rng.randint(0, 99)} "),
    "add paragraph": substitute(
        r"</p>|<br\b[^>]*>|</h\d>", lambda rng, m: f"{m[0]}<p>{sentence(rng)}</p>"
    ),
    "add section": substitute(
        r"</p>|</ul>|</body>",
        lambda rng, m: (
            f"<h2>{rng.choice(WORDS)} {rng.randint(0, 999)}</h2><p>{sentence(rng)}</p>"
            if m[0].lower() == "</body>"
            else f"{m[0]}<h3>{rng.choice(WORDS)} {rng.randint(0, 999)}</h3><p>{sentence(rng)}</p>"
        ),
    ),
    "delete paragraph": substitute(PARAGRAPH, lambda rng, m: ""),
    "move paragraph": move(PARAGRAPH),
    "delete item": substitute(ITEM, lambda rng, m: ""),
    "add item": substitute(r"</li>", lambda rng, m: f"{m[0]}<li>{sentence(rng)}</li>"),
    "move item": move(ITEM),
    "delete row": substitute(ROW, lambda rng, m: ""),
    "move row": move(ROW),
    "retitle": substitute(r"(?<=<title>)[^<]*", lambda rng, m: f"{m[0]} {rng.randint(0, 99)}"),
    "reword heading": substitute(r"(?=</h\d>)", lambda rng, m: f" {rng.randint(0, 99)}"),
    "add navigation": substitute(
        r"<body\b[^>]*>", lambda rng, m: f'{m[0]}<p><a href="index.html">{sentence(rng)}</a></p>'
    ),
    "add footer": substitute(r"</body>", lambda rng, m: f"<hr><p>{sentence(rng)}</p>{m[0]}"),
    "bold to strong": lambda rng, text: re.sub(r"<(/?)b>", r"<\1strong>", text),
    "lower tags": lambda rng, text: re.sub(r"</?[A-Z0-9]+\b", lambda m: m[0].lower(), text),
    "wrap": lambda rng, text: re.sub(r"(?<=<p>)([^<]+)", r"\n\1\n", text),
    "classes": lambda rng, text: re.sub(r"<(p|div|td)>", r'<\1 class="c1">', text),
}
BLOCK = r"(?<=\n\n)(?![ \t>|]|---)(?:[^\n`]+\n)+(?=\n)"
TEXT_CHANGES: dict[str, Callable] = {
    "reword": substitute(r"(?<=[ \n])(\w{3,})(?=[ \n])", lambda rng, m: rng.choice(WORDS)),
    "add paragraph": substitute(r"\n\n(?=\w)", lambda rng, m: f"\n\n{sentence(rng)}\n\n"),
    "add section": substitute(
        r"\n\n(?=\w)", lambda rng, m: f"\n\n## {rng.randint(0, 999)}\n\n{sentence(rng)}\n\n"
    ),
    "delete paragraph": substitute(BLOCK, lambda rng, m: ""),
    "move paragraph": move(BLOCK),
    "add item": substitute(r"\n(?=[-*] )", lambda rng, m: f"\n- {sentence(rng)}\n"),
    "delete row": substitute(r"(?<=\n)\|[^\n]*\|\n(?=\|)", lambda rng, m: ""),
}


# What became of it.


def is_kept(ctx: Context, correction: Correction) -> bool:
    file = ctx.docs / correction.document
    if not file.exists():  # without edits it goes with its source
        return not correction.text
    there = body_of(file.read_text(encoding="utf-8"))[1].texts
    if correction.text:
        return correction.text in there
    machine = body_of(pages.base(ctx.store, correction.document) or "")[1].texts
    n = there.count(correction.before)  # upstream may have come to the same text elsewhere
    return n == 0 or n < machine.count(correction.before)


def missing(ctx: Context, corrections: Sequence[Correction]) -> list[str]:
    """Blocks of the last conversion that are nowhere, but for those that were corrected."""
    corrected: dict[str, set[str]] = {}
    for each in corrections:
        corrected.setdefault(each.document, set()).add(each.before)
    return [
        f"{path}: {text[:80]}"
        for path, before in corrected.items()
        for text in missing_blocks(ctx, path)
        if text not in before
    ]


def missing_blocks(ctx: Context, path: str) -> list[str]:
    machine = pages.base(ctx.store, path)
    if machine is None:
        return []
    there = [read(ctx, path), *(c.conflict.machine for c in pages.conflicts(ctx.store, path))]
    return [text for text in body_of(machine)[1].texts if not any(text in t for t in there)]


def writes_unchanged(ctx: Context) -> int:
    """Pages written by a run that has nothing to do, and by one that finds all files touched."""
    before = stamps(ctx.docs)
    convert.run(ctx)
    for file in (ctx.folder / "source").rglob("*"):
        file.touch()
    convert.run(ctx)
    after = stamps(ctx.docs)
    return sum(before.get(path) != after.get(path) for path in before.keys() | after.keys())


def stamps(docs: Path) -> dict[Path, tuple[int, int]]:
    return {f: (f.stat().st_mtime_ns, f.stat().st_ino) for f in docs.rglob("*.md")}


if __name__ == "__main__":
    main()
