"""How many of a folder's facts and examples are asked about where the generator does as told.

    python benchmarks/coverage.py FOLDER [--root NAME] [--lang ja] [--json]

A scripted endpoint answers every call from its own prompt: it asks for the words in brackets by the
rest of the statement, and answers with the statement. What is left then is what planning and
filters leave, not what a model fails at. Printed are facts and examples, how many of each are asked
about, the share, and why others are not, with some of these (--left).
"""

import argparse
import json
import re
import tempfile
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import project_settings
from shikomi import app
from shikomi.app.create import create
from shikomi.app.endpoints import Machine
from shikomi.llm.scripted import ScriptedServer
from shikomi.stages import coverage, funnel, judge

MOST_CHARACTERS, MOST_SUBJECT = 160, 30
LINE = re.compile(r"^(\d+)\. (.*?)(?: \[([^\[\]]*)\])?$", re.MULTILINE)
NOT_IN_QUESTIONS = re.compile(r'[?？؟。():：\n\t"\\]+')
ASKED = {
    "en": ("In {root}, what completes this: {rest}?", "What is missing in {root} here: {rest}?",
           "Of {root}: {rest} and what else?"),
    "ja": ("{root}で、{rest}に続くのは何ですか？", "{root}について、{rest}の残りは？",
           "{root}では{rest}のほかに何がありますか？"),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--root", help="what the pages describe; none: the folder's name")
    parser.add_argument("--lang", default="auto", choices=("auto", "en", "ja"))
    parser.add_argument("--left", type=int, default=10, help="print so many that are not asked")
    parser.add_argument("--json", action="store_true", help="one line")
    options = parser.parse_args()
    options.root = options.root or options.folder.resolve().name
    with tempfile.TemporaryDirectory() as place:
        found = measured(options, Path(place))
    print(json.dumps(found, ensure_ascii=False, indent=None if options.json else 1))


def measured(options: argparse.Namespace, work: Path) -> dict[str, Any]:
    with ScriptedServer(lambda body: reply(body, options.root)) as server:
        role = {"base_url": server.base_url, "model": "scripted"}
        roles: project_settings.Parts = {
            f"models.{name}": role for name in ("generator", "judge", "student")
        }
        settings = project_settings.toml(roles | {"generate": {"texts_per_section": 0}})
        create(work, source=options.folder, root=options.root, aliases=(), lang=options.lang,
               overrides=settings)  # fmt: skip
        with app.open_project(work, Machine.here()) as ctx:
            failed = app.run(ctx, only=judge.STAGE)
        with app.open_project(work, Machine.here()) as ctx:
            found = coverage.coverage(ctx)
            dropped = {row.reason: row.count for row in funnel.rejections(ctx)}
    assert found is not None, failed
    return {
        **{"facts": found.facts, "facts_asked": found.facts_asked},
        "facts_share": round(found.facts_asked / max(found.facts, 1), 4),
        **{"examples": found.examples, "examples_asked": found.examples_asked},
        "reasons": dict(Counter(each.why for each in found.left).most_common()),
        **{"calls": len(server.seen), "failed": len(failed), "pairs_dropped": dropped},
        **{"spread": found.spread, "left": [asdict(each) for each in found.left[: options.left]]},
    }


def reply(body: dict[str, Any], root: str) -> str:
    """An entry for each numbered statement, in the form that the schema asks for."""
    entries = body["response_format"]["json_schema"]["schema"]["properties"]
    prompt = next(each["content"] for each in body["messages"] if each["role"] == "user")
    document = prompt.partition("<document>")[2].partition("</document>")[0]
    stated = {number: rest for number, *rest in LINE.findall(prompt[prompt.rindex("\n\n") :])}
    found = {
        number: entry(each["properties"], *stated[number], root, document)
        for number, each in entries.items()
    }
    return json.dumps(found, ensure_ascii=False)


def entry(
    properties: dict[str, Any], statement: str, target: str, root: str, document: str
) -> dict[str, str]:
    lang = "ja" if "。" in properties["question"]["pattern"] else "en"
    about = subject(document, target or statement)
    rest = f"{about.replace(target, ' ') if target else about} {asked_by(statement, target)}"
    is_exam = "reworded" not in properties
    known = {
        "asks_for": properties.get("asks_for", {}).get("const", ""),
        "answer": (target or statement) if is_exam else statement,
    }
    wordings = (each.format(root=root, rest=rest) for each in ASKED[lang])
    return {key: known[key] if key in known else next(wordings) for key in properties}


def subject(document: str, text: str) -> str:
    """What the text is about, where it does not say: where it stands, by the capsule's first line,
    and the last line before it that is no table's."""
    capsule, _, rest = document.strip().partition("\n\n")
    place = capsule.split("\n")[0].rsplit(" > ", 1)[-1]
    before = rest.partition(text[:MOST_SUBJECT])[0].split("\n")[:-1]
    lines = (line for line in reversed(before) if line.strip(" -=*#|") and "|" not in line)
    found = f"{place[-MOST_SUBJECT:]} {next(lines, '')[-MOST_SUBJECT:]}"
    return " ".join(NOT_IN_QUESTIONS.sub(" ", found).split())


def asked_by(statement: str, target: str) -> str:
    """The statement without what it is asked for: the words in brackets, or all but a third."""
    if not target or target not in statement:
        target = ""
        statement = statement[: max(4, len(statement) // 3)]
    rest = statement.replace(target, " ") if target else statement
    return " ".join(NOT_IN_QUESTIONS.sub(" ", rest).split())[:MOST_CHARACTERS]


if __name__ == "__main__":
    main()
