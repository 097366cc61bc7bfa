"""`make demo`: the main job on an example, in demo/ (or demo-ja/, demo-en/)."""

import json
import sys
from pathlib import Path
from shutil import copyfile

from shikomi.app.create import create
from shikomi.cli import guarded
from shikomi.cli.running import run_project

EXAMPLES = Path(__file__).parent
# Pairs below search results are long: seconds each on a CPU.
_FULL = "\n[generate]\nlookups_per_row = 3\nopen_book = 0.04\n"


def main(which: str) -> None:
    """Make the project if it is not there yet, then do what is pending."""
    if which not in ("quick", "ja", "en"):
        raise SystemExit(f"no example {which!r}: make demo EXAMPLE=quick, ja or en")
    folder = EXAMPLES.parent / ("demo" if which == "quick" else f"demo-{which}")
    if not (folder / "shikomi.toml").exists():
        prepare(folder, "en" if which == "quick" else which, quick=which == "quick")
    failures = run_project(folder, None, quiet=False, retry_failed=False)
    sys.stdout.write(f"report: {folder / 'out' / 'report.html'}\n")
    raise SystemExit(3 if failures else 0)


def prepare(folder: Path, lang: str, *, quick: bool) -> None:
    example = EXAMPLES / lang
    known = json.loads((example / "shikomi.example.json").read_text(encoding="utf-8"))
    create(
        folder,
        source=example / "docs",
        root=known["root"],
        aliases=known["aliases"],
        lang=known["lang"],
        overrides=_quick(example) if quick else _FULL,
    )
    for name in ("questions.jsonl", "tasks.jsonl"):
        copyfile(example / name, folder / name)


def _quick(example: Path) -> str:
    pages = (example / "demo_pages.txt").read_text(encoding="utf-8").split()
    return (
        f"pages = {json.dumps(pages)}\n\n"
        "[generate]\ngoals_per_fact = 2\nwordings = 2\nlookups_per_row = 0\n"
        "keyword_queries = 2\nsection_texts = false\nopen_book = 0.03\n\n"
        "[holdout]\nlimit = 24\n\n"
        "[finetune]\nn_epochs = 2\n\n"
        "[evaluate]\njudge_sample = 4\n"
    )


if __name__ == "__main__":
    guarded(lambda: main(sys.argv[1] if len(sys.argv) > 1 else "quick"))
