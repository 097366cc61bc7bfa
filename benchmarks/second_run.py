"""What a run costs that has nothing to do, in a project of many pairs.

    python benchmarks/second_run.py --pairs N [--reviews R] [--profile] [--json]

Pages with so many things to ask about are made up, and their questions too; everything after them
is the product's own, with a scripted endpoint in the place of every model. Of the pairs, R have
been accepted by a person. Then the finished project is run again: `seconds` are of the CPU, in a
process that has read nothing yet, and `by_stage` says what each stage takes to see that it is
done. `peak_gb` is the process's highest memory until then.
"""

import argparse
import cProfile
import json
import multiprocessing
import pstats
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import world
from made_up_questions import KINDS, PARTS, TRAITS
from shikomi import app
from shikomi.app.endpoints import Machine
from shikomi.dataset.drafts import Draft
from shikomi.dataset.plan import Batch
from shikomi.stages import STAGES, Context, generate, planning
from shikomi.stages.second_tries import Written
from shikomi.store import reviews, samples
from shikomi.types import Review

PER_PAGE = 40
WORDINGS = 3
FORMS = (
    "In {system}, what is the {fact}?",
    "I work with {system} and want to know the {fact}. What is it?",
    "How can somebody who looks after {system} tell the {fact}?",
)
UNITS = ("seconds", "bytes", "litres", "steps", "tokens", "metres", "volts", "pages", "copies")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", type=int, default=5_000)
    parser.add_argument("--reviews", type=int, default=0)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, world.World() as endpoint:
        folder = Path(place) / "p"
        print(f"making {options.pairs:,} pairs...", file=sys.stderr)
        make(folder, endpoint.base_url, options)
        before = endpoint.n_requests
        with multiprocessing.get_context("spawn").Pool(1) as process:
            found = process.apply(again, (folder, options.profile))
        found["requests"] = endpoint.n_requests - before
    lines = [f"{key} {value}" for key, value in found.items()]
    print(json.dumps(found) if options.json else "\n".join(lines))


def make(folder: Path, base_url: str, options: argparse.Namespace) -> None:
    n_pages = -(-options.pairs // (PER_PAGE * WORDINGS))
    settings = f"[generate]\nwordings = {WORDINGS}\ngoals_per_fact = 1\n"
    world.write_project(folder, base_url, pages=dict(pages(n_pages)), extra=settings)
    world.run(folder, "holdout")
    with app.open_project(folder, Machine(cache=folder / "none", environment={})) as ctx:
        save_pairs(ctx)
        some = samples.of_batches(ctx.store, *origins(ctx))[: options.reviews]
        decided = [Review(sample_id=s.id, decision="accept", question="", answer="", note="")
                   for s in some]  # fmt: skip
        with ctx.store.transaction():
            reviews.add(ctx.store, decided)
    world.run(folder)


def pages(n: int) -> Iterator[tuple[str, str]]:
    """The pages that the held-out questions are about, and so many with PER_PAGE facts each."""
    yield from world.PAGES.items()
    yield "cleaning.md", world.CP932_PAGE
    chance = random.Random(1)
    for page in range(n):
        lines = [f"# Unit {page}", ""]
        for i in range(PER_PAGE):
            part = f"{chance.choice(KINDS['en'])} {chance.choice(PARTS['en'])} {page}-{i}"
            value = f"{chance.randrange(2, 100_000)} {chance.choice(UNITS)}"
            lines.append(f"The {chance.choice(TRAITS['en'])} of the {part} is {value}.")
        yield f"unit-{page}.md", "\n\n".join(lines) + "\n"


def save_pairs(ctx: Context) -> None:
    """As `generate` would, without asking anybody."""
    pending = generate.pending_batches(ctx)
    saved = generate._Saved(ctx, len(pending))
    with ctx.store.transaction():
        for batch in pending:
            saved.save(batch, [Written(each, None) for each in drafts(batch)], None)


def drafts(batch: Batch) -> list[Draft]:
    found = []
    for goal in batch.goals:
        fact = goal.fact.statement.split(" is ")[0].removeprefix("The ").rstrip(".")
        asked = tuple(form.format(system=world.SYSTEM, fact=fact) for form in FORMS)
        places = tuple(range(len(asked)))
        found.append(Draft(questions=asked, places=places, answer=goal.fact.statement))
    return found


def origins(ctx: Context) -> tuple[str, list[str]]:
    ids = [batch.id for batch in planning.all_batches(ctx) if batch.section.lang == "en"]
    return generate._fingerprints(ctx)["en"], ids


def again(folder: Path, profile: bool) -> dict[str, object]:
    """The run with nothing to do, and then each stage alone."""
    machine = Machine(cache=folder / "none", environment={})
    profiler = cProfile.Profile()
    if profile:
        profiler.enable()
    start = time.process_time()
    with app.open_project(folder, machine) as ctx:
        app.run(ctx)
        pending = [stage.name for stage in STAGES if stage.pending(ctx)]
    seconds = time.process_time() - start
    if profile:
        profiler.disable()
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("cumulative").print_stats(40)
    with app.open_project(folder, machine) as ctx:
        n_pairs = len(generate.generated(ctx))
    return {
        "pairs": n_pairs,
        "seconds": round(seconds, 2),
        "by_stage": {stage.name: alone(folder, machine, stage.name) for stage in STAGES},
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
        "pending": pending,
    }


def alone(folder: Path, machine: Machine, name: str) -> float:
    with app.open_project(folder, machine) as ctx:
        start = time.process_time()
        next(stage for stage in STAGES if stage.name == name).pending(ctx)
        return round(time.process_time() - start, 2)


if __name__ == "__main__":
    main()
