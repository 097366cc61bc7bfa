"""What an accepted pair costs: the strategy `coverage` against `rolling`, the classic recipe.

    python benchmarks/dataset_cost.py [--json]
    python benchmarks/dataset_cost.py FOLDER --root NAME [--base-url URL --model NAME] [--json]

Both write pairs about the same documents with the same model, in one run: `rolling` so many a
document, `coverage` about as many, by calls chosen evenly from its plan. A pair is accepted if it
passes the project's own checks: lint, evidence, near-duplicates, and with --judge a model's. Calls
and tokens are all that was booked for generating and judging, as the endpoint counts them. With
--judge and --base-url the quality of a tenth of the pairs is estimated, too; these calls are
counted apart (`quality_calls`). Table questions and section texts, which `coverage` makes without
a model, are left out. At the top of what is printed, `input_token_ratio` is coverage's input
tokens a pair over rolling's, and `calls_per_kept_pair` is coverage's.

A document is several Markdown pages joined until they have 3,000 tokens, by the fixed estimate of
a token for each CJK character and for 3.5 others. Without FOLDER they are the example sets, one
document of each. Without --base-url the embedded model is asked.

What was not run is extrapolated: --to-documents of --to-pairs each, by the tokens of the requests
that such conversations have, scaled by what was measured. Money is that number of tokens at the
prices that the project's own table has for the hosts, cached input at the full price; another
model's tokenizer and obedience differ.
"""

import argparse
import json
import math
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import joined_pages
import project_settings
from joined_pages import Documents
from shikomi import app
from shikomi.app.create import create
from shikomi.app.endpoints import Machine
from shikomi.corpus.units import units
from shikomi.dataset.conversation import Page
from shikomi.llm import prices
from shikomi.llm.money import cost_nanousd
from shikomi.stages import (
    Context,
    filters,
    funnel,
    generate,
    judge,
    quality,
    second_tries,
    section,
)
from shikomi.stages.estimate.size import measured
from shikomi.stages.rolling import requests
from shikomi.stages.rolling.talks import pages
from shikomi.store import calls, corpus
from shikomi.types import Attempt, Usage

STRATEGIES = ("rolling", "coverage")
ALL = 10**9
PRICED = (
    "https://api.openai.com/v1#gpt-5.4-mini",
    "https://api.anthropic.com/v1#claude-haiku-5-5",
    "https://generativelanguage.googleapis.com/v1beta/openai#gemini-3.8-flash",
)


@dataclass(frozen=True)
class Cost:
    """Of one strategy. `facts_covered` are those that accepted pairs are about; `growth` is what
    the input grows by, summed over documents, from the questions that were run to those that are
    extrapolated to."""

    documents: int = 0
    written: int = 0
    accepted: int = 0
    calls: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    quality_calls: int = 0
    embedding_calls: int = 0
    embedding_tokens: int = 0
    facts: int = 0
    facts_covered: int = 0
    seconds: float = 0.0
    growth: float = 0.0
    failed: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        mine, theirs = asdict(self), asdict(other)
        return Cost(**{key: mine[key] + theirs[key] for key in mine})


def main() -> None:
    options = arguments()
    found = documents(options)
    with tempfile.TemporaryDirectory() as place:
        work = options.work or Path(place)
        result = compared(options, {each: run(options, each, found, work) for each in STRATEGIES})
    result["document_tokens"] = [round(units(text)) for each in found for text in each.texts]
    print(json.dumps(result, ensure_ascii=False, indent=None if options.json else 1))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", help="of Markdown pages")
    parser.add_argument("--root", help="what the pages of FOLDER describe")
    parser.add_argument("--lang", default="auto", choices=("auto", "en", "ja"))
    parser.add_argument("--documents", type=int, default=2)
    parser.add_argument("--pairs", type=int, default=20, help="of a document")
    parser.add_argument("--to-documents", type=int, default=20)
    parser.add_argument("--to-pairs", type=int, default=100)
    project_settings.add_endpoint(parser)
    parser.add_argument("--embeddings", metavar="MODEL", help="at the same endpoint")
    parser.add_argument("--goals-per-call", type=int, default=1, help="of coverage")
    parser.add_argument("--context", type=int, default=8192, help="of the embedded model")
    parser.add_argument("--judge", action="store_true", help="the same model judges each pair")
    parser.add_argument("--priced", nargs="*", default=PRICED, metavar="URL#MODEL")
    parser.add_argument("--work", type=Path, help="go on from this folder; none: a temporary one")
    parser.add_argument("--json", action="store_true", help="one line")
    return parser.parse_args()


def documents(options: argparse.Namespace) -> list[Documents]:
    if options.folder is None:
        return joined_pages.examples(options.documents)
    root = options.root or options.folder.name
    n, lang = options.documents, options.lang
    return [joined_pages.of_folder(options.folder, n, root=root, lang=lang)]


def run(
    options: argparse.Namespace, strategy: str, found: Sequence[Documents], work: Path
) -> tuple[Cost, Counter[str]]:
    """What a strategy's pairs about all documents cost, and why others were dropped."""
    total, dropped = Cost(), Counter[str]()
    for n, each in enumerate(found):
        folder = work / f"{strategy}-{n}"
        if not folder.exists():
            prepare(options, strategy, each, folder)
        with app.open_project(folder, Machine.here()) as ctx:
            total += made(options, ctx, len(each.texts))
            dropped.update({row.reason: row.count for row in funnel.rejections(ctx)})
    return total, dropped


def prepare(options: argparse.Namespace, strategy: str, found: Documents, folder: Path) -> None:
    joined_pages.write(found, folder / "source")
    create(
        folder,
        source=folder / "source",
        root=found.root,
        aliases=found.aliases,
        lang=found.lang,
        overrides=settings(options, strategy),
    )


def settings(options: argparse.Namespace, strategy: str) -> str:
    role, chat = project_settings.endpoint(options), project_settings.chat_role(options)
    parts: project_settings.Parts = {
        "models.generator": chat,
        "models.judge": chat,
        "models.embeddings": role | {"model": options.embeddings} if options.embeddings else {},
        "judge": {"mode": "model" if options.judge else "program"},
        "generate": {"strategy": strategy, "goals_per_call": options.goals_per_call},
        "rolling": {"questions": options.pairs},
        "server": {"context": options.context},
    }
    return project_settings.toml(parts)


def made(options: argparse.Namespace, ctx: Context, n_documents: int) -> Cost:
    app.run(ctx, only=section.STAGE)
    began = time.monotonic()
    failures = app.sample(ctx, n_calls(options, ctx, n_documents))
    for stage in (filters.lint_run, filters.deduplicate_run, judge.run, quality.run):
        stage(ctx)
    seconds = time.monotonic() - began
    for reason in failures:
        print(f"failed: {reason}", file=sys.stderr)
    pairs = judge.kept(ctx)
    cost = Cost(
        documents=n_documents,
        written=len(generate.generated(ctx)),
        accepted=len(pairs),
        facts=len(corpus.current_facts(ctx.store)),
        facts_covered=len({each for pair in pairs for each in pair.fact_ids}),
        seconds=seconds,
        growth=n_documents * growth(options, ctx),
        failed=len(failures),
    )
    return booked(ctx, cost)


def n_calls(options: argparse.Namespace, ctx: Context, n_documents: int) -> int:
    """Of conversations all; of a plan as many as give as many pairs."""
    settings = ctx.config.generate
    if settings.strategy == "rolling":
        return ALL
    return math.ceil(options.pairs * n_documents / (ctx.config.goals_per_call * settings.wordings))


def booked(ctx: Context, cost: Cost) -> Cost:
    for line in calls.costs(ctx.store):
        if line.model == ctx.config.models.embeddings.model:
            cost += Cost(embedding_calls=line.calls, embedding_tokens=line.input_tokens)
        elif line.stage in quality.CHECKS:
            cost += Cost(quality_calls=line.calls)
        elif line.stage in (generate.STAGE, second_tries.LEDGER, judge.STAGE):
            cost += Cost(
                calls=line.calls,
                input_tokens=line.input_tokens,
                cached_tokens=line.cached_tokens,
                output_tokens=line.output_tokens,
            )
    return cost


def growth(options: argparse.Namespace, ctx: Context) -> float:
    """A conversation grows until its history is full; a plan's calls are all alike."""
    if ctx.config.generate.strategy == "coverage":
        return float(options.to_pairs / options.pairs)
    found = pages(ctx)
    few, many = (
        sum(input_tokens(ctx, page, n) for page in found) for n in (options.pairs, options.to_pairs)
    )
    return many / few


def input_tokens(ctx: Context, page: Page, n: int) -> float:
    """Of `n` questions and their answers, the page's facts in the questions' place."""
    texts = enumerate(islice(cycle(fact.statement for fact in page.facts), n))
    asked = [Attempt(position=i, question=text, reason="", call_id=0) for i, text in texts]
    questions = (requests.question(ctx, page, asked[:i]) for i in range(n))
    answers = (requests.answer(ctx, page, each.question) for each in asked)
    is_hosted = ctx.config.models.generator.base_url is not None
    return measured([*questions, *answers], is_hosted=is_hosted).input_tokens


def compared(
    options: argparse.Namespace, found: dict[str, tuple[Cost, Counter[str]]]
) -> dict[str, Any]:
    costs = {name: cost for name, (cost, _) in found.items()}
    whole = {name: extrapolated(options, cost) for name, cost in costs.items()}
    result: dict[str, Any] = {
        name: shown(cost) | {"dropped": dict(dropped)} for name, (cost, dropped) in found.items()
    }
    result["input_token_ratio"] = ratio(costs["coverage"], costs["rolling"])
    result["calls_per_kept_pair"] = per_pair(costs["coverage"].calls, costs["coverage"])
    result["extrapolated"] = {
        "what": f"{options.to_documents} documents x {options.to_pairs} accepted pairs, by tokens;"
        " not run",
        **{name: tokens(cost) for name, cost in whole.items()},
        "input_token_ratio": ratio(whole["coverage"], whole["rolling"]),
        "usd": {each: money(each, whole) for each in options.priced},
    }
    return result


def shown(cost: Cost) -> dict[str, Any]:
    figures = asdict(replace(cost, seconds=round(cost.seconds, 1)))
    del figures["growth"]
    return figures | {
        "calls_per_kept_pair": per_pair(cost.calls, cost),
        "input_tokens_per_kept_pair": per_pair(cost.input_tokens, cost),
        "output_tokens_per_kept_pair": per_pair(cost.output_tokens, cost),
    }


def per_pair(n: float, cost: Cost) -> float | None:
    return round(n / cost.accepted, 3) if cost.accepted else None


def ratio(ours: Cost, theirs: Cost) -> float | None:
    """Input tokens of an accepted pair, ours over theirs."""
    if not (ours.accepted and theirs.accepted and theirs.input_tokens):
        return None
    return round(ours.input_tokens / ours.accepted / (theirs.input_tokens / theirs.accepted), 4)


def extrapolated(options: argparse.Namespace, cost: Cost) -> Cost:
    wanted = options.to_documents * options.to_pairs
    times = wanted / cost.accepted if cost.accepted else 0.0
    grown = cost.growth / cost.documents / (options.to_pairs / options.pairs)
    return Cost(
        accepted=wanted if cost.accepted else 0,
        calls=round(cost.calls * times),
        input_tokens=round(cost.input_tokens * times * grown),
        output_tokens=round(cost.output_tokens * times),
    )


def tokens(cost: Cost) -> dict[str, int]:
    return {
        "calls": cost.calls,
        "input_tokens": cost.input_tokens,
        "output_tokens": cost.output_tokens,
    }


def money(priced: str, whole: dict[str, Cost]) -> dict[str, Any]:
    url, _, model = priced.partition("#")
    price = prices.of_host(url, model)
    if price is None:
        return {"price": None}
    usd = {}
    for name, cost in whole.items():
        used = Usage(input_tokens=cost.input_tokens, output_tokens=cost.output_tokens)
        usd[name] = round(cost_nanousd(used, price) / 1e9, 2)
    million = {"input": price.input_nanousd / 1000, "output": price.output_nanousd / 1000}
    return usd | {"price": million, "source": price.source}


if __name__ == "__main__":
    main()
