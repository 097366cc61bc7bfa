"""The commands. Each opens the project, calls one thing, shows what came of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from shikomi import __version__
from shikomi.cli import groups
from shikomi.cli.options import HERE, Json, Port, Project, Retry, Study, of_project

app = typer.Typer(
    name="shikomi",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["--help", "-h"]},
    help="Teach a language model a body of documents, and prove that it learnt them.",
    epilog="A stage first does what is pending before it. Exit codes: 0 done, 1 you must act (one"
    " line says what), 2 usage, 3 some items failed.",
)
app.add_typer(groups.conflicts, name="conflicts")
app.add_typer(groups.review, name="review", no_args_is_help=True)
app.add_typer(groups.prompts, name="prompts", no_args_is_help=True)
app.add_typer(groups.export, name="export", no_args_is_help=True)
SOME_FAILED = 3


def _version(value: bool) -> None:
    if value:
        typer.echo(f"shikomi {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Teach a language model a body of documents, and prove that it learnt them."""


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The new project's folder.")] = HERE,
    source: Annotated[str | None, typer.Option(help="Folder, zip file, file or site.")] = None,
    root: Annotated[str | None, typer.Option(help="What the documents describe.")] = None,
    alias: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Another name of it; repeatable.")
    ] = None,
    lang: Annotated[str, typer.Option(help="ja, en or auto.")] = "auto",
) -> None:
    """Make a project: a folder with shikomi.toml."""
    from shikomi.cli.fetching import new_project

    file, documents = new_project(folder, source, root=root, aliases=alias or [], lang=lang)
    typer.echo(f"wrote {file}; documents are read from {documents}")
    if root is None:
        typer.echo(f'name what they describe in {file} ([project] root = "...")')
    typer.echo(f"then: shikomi run{of_project(folder)}")


@app.command()
def run(
    project: Project = HERE,
    as_json: Json = False,
    retry_failed: Retry = False,
    study: Study = False,
) -> None:
    """Do all that is pending, from documents to model and report."""
    _run(project, None, as_json=as_json, retry_failed=retry_failed, study=study)


def _run(
    project: Path,
    stage: str | None,
    *,
    as_json: bool,
    retry_failed: bool,
    study: bool = False,
    found: Mapping[str, object] | None = None,
) -> None:
    from shikomi.cli.running import run_project

    failures = run_project(project, stage, quiet=as_json, retry_failed=retry_failed, study=study)
    if as_json:
        typer.echo(json.dumps({"failures": failures, **(found or {})}, ensure_ascii=False))
    if failures:
        raise typer.Exit(SOME_FAILED)


def _stage_command(name: str, text: str) -> None:
    def command(
        project: Project = HERE, as_json: Json = False, retry_failed: Retry = False
    ) -> None:
        _run(project, name, as_json=as_json, retry_failed=retry_failed)

    app.command(name, help=f"{text}.")(command)


@app.command()
def fetch(
    url: Annotated[str | None, typer.Argument(help="The site of a new project.")] = None,
    project: Project = HERE,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask what has changed.")] = False,
    pages: Annotated[bool, typer.Option("--list", help="Show the page list alone.")] = False,
    as_json: Json = False,
    retry_failed: Retry = False,
) -> None:
    """Fetch a website into source/; --list says what was left out."""
    from shikomi.cli.fetching import page_list, prepare

    if pages:
        typer.echo(page_list(project, as_json=as_json))
        return
    note = prepare(project, url, refresh=refresh)
    _run(project, "fetch", as_json=as_json, retry_failed=retry_failed)
    if note and not (as_json or retry_failed):
        typer.echo(note, err=True)


@app.command()
def convert(
    project: Project = HERE,
    as_json: Json = False,
    retry_failed: Retry = False,
    rebase: Annotated[
        bool, typer.Option("--rebase", help="Edited pages of an older converter, too; show how.")
    ] = False,
    restore: Annotated[str | None, typer.Option(help="A page deleted from docs/.")] = None,
) -> None:
    """Source files to Markdown pages in docs/; your edits stay."""
    from shikomi.cli import corrections

    if restore is not None:
        corrections.restore(project, restore)
    if rebase:
        done = corrections.rebase(project)
        typer.echo(
            json.dumps(corrections.rebased(done), ensure_ascii=False)
            if as_json
            else corrections.diffs(done)
        )
    else:
        _run(project, "convert", as_json=as_json, retry_failed=retry_failed)


Drop = Annotated[
    list[int] | None, typer.Option(metavar="N", help="Leave repeated block N out of the pages.")
]
Keep = Annotated[list[int] | None, typer.Option(metavar="N", help="Keep repeated block N.")]


@app.command()
def check(
    project: Project = HERE, as_json: Json = False, drop: Drop = None, keep: Keep = None
) -> None:
    """List pages to look at, broken links and repeated blocks."""
    from shikomi.cli.checking import answer, checked

    answer(project, drop=drop or [], keep=keep or [])
    found = checked(project)
    lines = "\n".join(found.lines())
    typer.echo(json.dumps(found.table(), ensure_ascii=False) if as_json else lines)


for _name, _text in (
    ("section", "Pages to sections with their place in outline.md, and facts"),
    ("holdout", "Set questions aside that training never sees"),
):
    _stage_command(_name, _text)


@app.command()
def generate(
    project: Project = HERE,
    as_json: Json = False,
    retry_failed: Retry = False,
    failed: Annotated[
        bool, typer.Option("--failed", help="More about what the last evaluation missed.")
    ] = False,
) -> None:
    """Write questions and answers about every fact."""
    from shikomi.cli import generating
    from shikomi.cli.layout import fitted, terminal_width

    aimed = generating.aim(project) if failed else None
    if aimed and not as_json:
        typer.echo(fitted(generating.line(aimed), terminal_width()))
    found = {"aimed": generating.table(aimed)} if aimed else {}
    _run(project, "generate", as_json=as_json, retry_failed=retry_failed, found=found)


for _name, _text in (
    ("lint", "Drop pairs that are malformed, unsupported or leaked"),
    ("deduplicate", "Drop near-duplicate questions"),
    ("judge", "Let a model check each pair (by judge.mode)"),
    ("quality", "Estimate the pairs' quality on a sample (by quality.sample)"),
    ("views", "Write rewrites and questions across pages (by generate.tier)"),
    ("replay", "Ask the untrained student for general chat (generate.replay)"),
    ("freeze", "Write the training file to out/"),
    ("finetune", "Train the student on the training file"),
    ("study", "Train the study's second model (off by default)"),
    ("evaluate", "Ask every arm the held-out questions"),
    ("report", "Write out/report.html and out/report.json"),
):
    _stage_command(_name, _text)


@app.command()
def status(project: Project = HERE, as_json: Json = False) -> None:
    """What is done, pending, failed or dropped, and why."""
    from shikomi.cli.layout import fitted, terminal_width
    from shikomi.cli.overview import status_lines, status_table

    table = status_table(project)
    shown = json.dumps(table, ensure_ascii=False) if as_json else ""
    typer.echo(shown or fitted(status_lines(table), terminal_width()))


@app.command()
def show(
    what: Annotated[str, typer.Argument(metavar="ID", help="An id's beginning, or a page.")],
    project: Project = HERE,
    as_json: Json = False,
) -> None:
    """All about one pair, fact, section, page or question."""
    from shikomi.cli import about
    from shikomi.cli.layout import terminal_width

    found = about.found(project, what)
    table = json.dumps(about.table(found), ensure_ascii=False) if as_json else ""
    typer.echo(table or about.lines(found, width=terminal_width()))


@app.command()
def preview(
    project: Project = HERE,
    n: Annotated[int, typer.Option("-n", min=1, help="How many, from all over.")] = 1,
    as_json: Json = False,
) -> None:
    """The next requests for pairs as they would be sent; none is."""
    from shikomi.cli import previewing
    from shikomi.cli.layout import terminal_width

    found = previewing.previewed(project, n)
    table = json.dumps(previewing.table(found), ensure_ascii=False) if as_json else ""
    typer.echo(table or previewing.lines(found, width=terminal_width()))


@app.command()
def estimate(
    project: Project = HERE,
    sample: Annotated[
        int, typer.Option("--sample", min=0, help="First make N generate calls; run uses them.")
    ] = 0,
    as_json: Json = False,
    study: Study = False,
) -> None:
    """Calls, tokens, money and minutes of what is pending."""
    from shikomi.cli.estimating import estimated, lines
    from shikomi.cli.layout import terminal_width

    table = estimated(project, sample=sample, quiet=as_json, study=study)
    shown = json.dumps(table, ensure_ascii=False) if as_json else ""
    typer.echo(shown or lines(table, width=terminal_width()))
    if table["failures"]:
        raise typer.Exit(SOME_FAILED)


@app.command()
def cost(project: Project = HERE, as_json: Json = False) -> None:
    """Calls, tokens and money by stage and model."""
    from shikomi.cli.layout import terminal_width
    from shikomi.cli.spending import cost_lines, cost_table

    table = cost_table(project)
    shown = json.dumps(table, ensure_ascii=False) if as_json else ""
    typer.echo(shown or cost_lines(table, width=terminal_width()))


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="A project's folder, or a report.json.")],
    b: Annotated[Path, typer.Argument(help="The one that is set against it.")],
    as_json: Json = False,
    html: Annotated[Path | None, typer.Option(help="Write a page, too.")] = None,
) -> None:
    """Set two runs side by side, question by question."""
    from shikomi.cli import comparing
    from shikomi.cli.layout import terminal_width
    from shikomi.evaluation.two_runs_report import to_json

    runs = comparing.compared(a, b)
    table = json.dumps(to_json(runs), ensure_ascii=False) if as_json else ""
    typer.echo(table or comparing.lines(runs, width=terminal_width()))
    if html is not None:
        typer.echo(comparing.write_html(runs, html), err=True)


@app.command()
def search(
    words: Annotated[list[str], typer.Argument(help="What to look for.")],
    project: Project = HERE,
    k: Annotated[int, typer.Option("-k", min=1, help="At most so many sections.")] = 5,
    as_json: Json = False,
) -> None:
    """Find the sections that are about something, best first."""
    from shikomi.cli.layout import fitted, terminal_width
    from shikomi.cli.searching import found, lines

    hits = found(project, " ".join(words), k=k)
    shown = json.dumps(hits, ensure_ascii=False) if as_json else ""
    typer.echo(shown or fitted(lines(hits, " ".join(words)), terminal_width()))


@app.command()
def chat(
    question: Annotated[list[str] | None, typer.Argument(help="Ask once and leave.")] = None,
    project: Project = HERE,
    base: Annotated[bool, typer.Option("--base", help="Ask the base model.")] = False,
    rag: Annotated[bool, typer.Option("--rag/--no-rag", help="Retrieve sections first.")] = False,
) -> None:
    """Ask the tuned model; with --rag it reads what search finds."""
    from shikomi.cli.talking import talk

    if not talk(project, " ".join(question or []), base=base, rag=rag):
        raise typer.Exit(SOME_FAILED)


@app.command()
def serve(
    project: Project = HERE,
    host: Annotated[str, typer.Option(help="Another address than loopback needs a key.")] = (
        "127.0.0.1"
    ),
    port: Port = 8777,
) -> None:
    """Serve the OpenAI API: chat, files, fine-tuning jobs."""
    from shikomi.cli.serving import serve_project

    serve_project(project, host=host, port=port)
