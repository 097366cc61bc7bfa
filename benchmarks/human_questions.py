"""People's questions about real articles, end to end: documents in, tuned model and report out.

    python benchmarks/human_questions.py FILE --documents 8 --questions 6 --dry-run
    python benchmarks/human_questions.py FILE --documents 8 --questions 6 --work FOLDER [--json]
    python benchmarks/human_questions.py FILE --documents 40 --base-url URL --model NAME ...

FILE is in the form of SQuAD and JaQuAD, or a flat list of paragraphs with questions; its structure
tells which. The first --documents articles (with --seed: by chance) become a page each, their
paragraphs joined below the title, and their questions the held-out ones of a project, --questions
of each article, evenly chosen (0: all). Every reference answer is accepted. Then `shikomi run`
does the rest. What is printed has the form of report.json, without its lists of questions,
sections and training steps; `human` says what is particular to these questions.

Such questions were written below a paragraph, and many do not name what they are about ("When was
he born?"). Nobody could answer them out of their place, so every arm is asked with the article's
title before the question, and search looks for both; with --as-written, as they stand.

A question whose words are much like a training question's measures less. `human.low_overlap`
therefore repeats arms, differences and the share of search's gain over those questions alone whose
nearest training question (character 3-grams, Jaccard; as written or as asked, whichever is nearer)
is below --low-overlap.

With --work the project stays and a second call goes on where the first one ended. --base-url names
the generator's endpoint; --settings a file of further tables for shikomi.toml (another student,
[finetune] and so on), which go before those written here. --dry-run prints what `shikomi estimate`
says instead.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import human_sets
import project_settings
from human_sets import Article
from shikomi.app.create import create
from shikomi.dataset.splits import KnownQuestions
from shikomi.evaluation.comparison import compare
from shikomi.evaluation.figures import comparison_json

TAUGHT = ("qa", "lookup", "keywords")  # each asks a question that nothing else of them asks
CHOICE = "human.json"
SHOWN = (
    *("project", "lang", "created", "question_source", "finding", "sentence"),
    *("statistics", "lines"),
    *("resolvable_difference", "arms", "contrasts", "share_of_search_gain", "funnel", "totals"),
    *("seconds", "settings", "agreement", "notes"),
)
LIMITS = (0.2, 0.3, 0.4, 0.5, 0.6)
Json = dict[str, Any]


def main() -> None:
    options = arguments()
    with place(options) as folder:
        choice = prepare(options, folder)
        result = dry_run(folder) if options.dry_run else figures(options, folder, choice)
        result["human"] = told(options, choice) | result.get("human", {})
    print(json.dumps(result, ensure_ascii=False, indent=None if options.json else 1))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--documents", type=int, required=True, metavar="N")
    parser.add_argument("--questions", type=int, default=0, help="of a document; 0: all")
    parser.add_argument("--seed", type=int, help="choose the documents by chance")
    parser.add_argument("--as-written", action="store_true", help="questions without the title")
    parser.add_argument("--low-overlap", type=float, default=0.4, help="Jaccard, 0 to 1")
    project_settings.add_endpoint(parser)
    parser.add_argument("--settings", type=Path, help="further tables for shikomi.toml")
    parser.add_argument("--work", type=Path, help="the project's folder; none: a temporary one")
    parser.add_argument("--dry-run", action="store_true", help="prepare, and estimate the rest")
    parser.add_argument("--json", action="store_true", help="one line")
    return parser.parse_args()


@contextmanager
def place(options: argparse.Namespace) -> Iterator[Path]:
    if options.work:
        yield options.work
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def prepare(options: argparse.Namespace, folder: Path) -> Json:
    """Make the project, or find it made alike. Returns what was chosen.

    Raises SystemExit: the folder's project is about other questions.
    """
    every = human_sets.articles(human_sets.paragraphs(options.file))
    found = human_sets.chosen(every, options.documents, seed=options.seed)
    choice = chosen(options, found)
    file = folder / CHOICE
    if file.exists():
        if json.loads(file.read_text(encoding="utf-8")) != choice:
            raise SystemExit(f"{folder} was made for other questions: choose another --work")
        return choice
    write(options, folder, found, choice)
    file.write_text(json.dumps(choice, ensure_ascii=False), encoding="utf-8")
    return choice


def chosen(options: argparse.Namespace, found: Sequence[Article]) -> Json:
    """The questions by id, each with its page, and how many could not be marked by program."""
    rows = {
        f"{n:03}-{i:03}": {
            "question": human.question,
            "asked": human.question
            if options.as_written
            else human_sets.asked(article.title, human.question),
            "answers": human.answers,
            "page": f"page-{n:03}",
        }
        for n, article in enumerate(found, start=1)
        for i, human in enumerate(human_sets.some(article.questions, options.questions), start=1)
    }
    n_unmarked = sum(not human.answers for article in found for human in article.questions)
    titles = [article.title for article in found]
    return json.loads(json.dumps({"titles": titles, "questions": rows, "unmarked": n_unmarked}))


def write(
    options: argparse.Namespace, folder: Path, found: Sequence[Article], choice: Json
) -> None:
    source = folder / "source"
    source.mkdir(parents=True, exist_ok=True)
    for n, article in enumerate(found, start=1):
        file = source / f"page-{n:03}.html"
        file.write_text(human_sets.page(article), encoding="utf-8")
    lines = "".join(line(key, row) for key, row in choice["questions"].items())
    (folder / "questions.jsonl").write_text(lines, encoding="utf-8")
    (folder / "shikomi.toml").unlink(missing_ok=True)  # a call before this one was stopped here
    create(folder, source=source, root=None, aliases=(), lang="auto", overrides=settings(options))


def line(key: str, row: Json) -> str:
    question = {
        "id": key,
        "question": row["asked"],
        "answer": row["answers"][0],
        "accept": human_sets.accepted(row["answers"]),
        "section": f"{row['page']}.md",
    }
    return json.dumps(question, ensure_ascii=False) + "\n"


def settings(options: argparse.Namespace) -> str:
    """Articles of an encyclopedia belong to nothing that has a name."""
    theirs = options.settings.read_text(encoding="utf-8") if options.settings else ""
    named = tomllib.loads(theirs)
    role = project_settings.chat_role(options)
    models = {f"models.{name}": role for name in ("generator", "judge")
              if name not in named.get("models", {})}  # fmt: skip
    own: project_settings.Parts = {**models, "evaluate": {"judge_sample": 0}}
    if "evaluate" in named:
        del own["evaluate"]
    return f"root_known = false\n{project_settings.toml(own)}\n{theirs}"


def dry_run(folder: Path) -> Json:
    return {"estimate": json.loads(shikomi(folder, "estimate", "--json"))}


def figures(options: argparse.Namespace, folder: Path, choice: Json) -> Json:
    sys.stderr.write(shikomi(folder, "run"))
    report = json.loads((folder / "out" / "report.json").read_text(encoding="utf-8"))
    near = overlaps(folder / "out", choice["questions"])
    low = [row for row in report["questions"] if near[row["id"]] < options.low_overlap]
    counts = {f"below {limit}": sum(value < limit for value in near.values()) for limit in LIMITS}
    mine = {
        "recovered": report["share_of_search_gain"],
        "tuned+rag-base+rag": report["contrasts"].get("tuned+rag-base+rag"),
        "overlap": counts,
        "low_overlap": {"below": options.low_overlap, "n": len(low), **compared(low)},
    }
    return {key: report[key] for key in SHOWN} | {"human": mine}


def shikomi(folder: Path, *words: str) -> str:
    """What the command prints. Raises SystemExit where it needs the user; that some items failed
    does not stop what comes after."""
    command = [sys.executable, "-P", "-m", "shikomi", *words, "--project", str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", check=False)
    if done.returncode not in (0, 3):
        raise SystemExit(done.returncode)
    return done.stdout


def overlaps(out: Path, questions: dict[str, Json]) -> dict[str, float]:
    """By id, how near the nearest training question is, 0 to 1."""
    guard = KnownQuestions(taught(out), threshold=0.0)
    found = {}
    for key, row in questions.items():
        nearest = (guard.nearest(row[form]) for form in ("question", "asked"))
        found[key] = max((near[1] for near in nearest if near), default=0.0)
    return found


def taught(out: Path) -> Iterator[tuple[str, str]]:
    """Ids and words of the training questions."""
    rows, origins = (
        (json.loads(each) for each in (out / name).read_text(encoding="utf-8").split("\n") if each)
        for name in ("dataset.jsonl", "dataset.provenance.jsonl")
    )
    for row, origin in zip(rows, origins, strict=True):
        if origin["view"] in TAUGHT:
            yield origin["id"], row["messages"][-2]["content"]


def compared(rows: Sequence[Json]) -> Json:
    """Arms, differences and the share of search's gain over some of a report's questions."""
    answers = [{each["arm"]: each["verdict"] for each in row["answers"]} for row in rows]
    arms = dict.fromkeys(arm for each in answers for arm in each)
    verdicts = {arm: [each.get(arm) for each in answers] for arm in arms}
    return comparison_json(compare(verdicts, [row["page"] for row in rows]))


def told(options: argparse.Namespace, choice: Json) -> Json:
    """What was asked, and how."""
    rows = choice["questions"].values()
    n_titled = sum(row["asked"] != row["question"] for row in rows)
    return {
        "file": options.file.name,
        "documents": len(choice["titles"]),
        "questions": len(rows),
        "questions_a_document": options.questions or "all",
        "without_a_reference": choice["unmarked"],
        "asked": "as written, in every arm"
        if options.as_written
        else f"in every arm with the article's title before it, {n_titled} of {len(rows)}; the"
        " others name it themselves",
    }


if __name__ == "__main__":
    main()
