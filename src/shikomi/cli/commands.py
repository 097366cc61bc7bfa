"""The commands. Each opens the project, calls one thing, shows what came of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from shikomi import __version__

app = typer.Typer(
    name="shikomi",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Teach a language model a body of documents, and prove that it learnt them.",
    epilog="A stage first does what is pending before it. Exit codes: 0 done, 1 you must act (one"
    " line says what), 2 usage, 3 some items failed.",
)
SOME_FAILED = 3

Project = Annotated[Path, typer.Option("--project", "-p", help="The project's folder.")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
Retry = Annotated[bool, typer.Option("--retry-failed", help="Try failed items once more.")]
HERE = Path()


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
    source: Annotated[str | None, typer.Option(help="Folder, zip, file or site.")] = None,
    root: Annotated[str | None, typer.Option(help="What the documents describe.")] = None,
    alias: Annotated[list[str] | None, typer.Option(help="Another name of it.")] = None,
    lang: Annotated[str, typer.Option(help="ja, en or auto.")] = "auto",
) -> None:
    """Make a project: a folder with shikomi.toml."""
    from shikomi.cli.fetching import new_project

    file, documents = new_project(folder, source, root=root, aliases=alias or [], lang=lang)
    typer.echo(f"wrote {file}; documents are read from {documents}")
    if root is None:
        typer.echo(f'name what they describe in {file} ([project] root = "...")')
    where = "" if folder == HERE else f" --project {folder}"
    typer.echo(f"then: shikomi run{where}")


@app.command()
def run(project: Project = HERE, as_json: Json = False, retry_failed: Retry = False) -> None:
    """Do all that is pending: documents in, tuned model and report out."""
    _run(project, None, as_json=as_json, retry_failed=retry_failed)


def _run(
    project: Path,
    stage: str | None,
    *,
    as_json: bool,
    retry_failed: bool,
    found: Mapping[str, object] | None = None,
) -> None:
    from shikomi.cli.running import run_project

    failures = run_project(project, stage, quiet=as_json, retry_failed=retry_failed)
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
    """Fetch a website into source/; what is left out is listed with its reason."""
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


conflicts = typer.Typer(help="What your edits and the sources change apart: list, accept, dismiss.")
app.add_typer(conflicts, name="conflicts")
Page = Annotated[str, typer.Argument(help="A page of docs/.")]
Numbers = Annotated[list[int] | None, typer.Argument(help="Which; all of the page by default.")]


@conflicts.callback(invoke_without_command=True)
def conflicts_list(ctx: typer.Context, project: Project = HERE, as_json: Json = False) -> None:
    """What your edits and the sources change apart: list, accept, dismiss."""
    from shikomi.cli import corrections

    if ctx.invoked_subcommand is None:
        table = corrections.table(project)
        typer.echo(json.dumps(table, ensure_ascii=False) if as_json else corrections.lines(table))


@conflicts.command()
def accept(page: Page, numbers: Numbers = None, project: Project = HERE) -> None:
    """Take the new text in place of yours."""
    from shikomi.cli import corrections

    typer.echo(f"{corrections.accept(project, page, numbers or [])} accepted")


@conflicts.command()
def dismiss(page: Page, numbers: Numbers = None, project: Project = HERE) -> None:
    """Let your text stand."""
    from shikomi.cli import corrections

    typer.echo(f"{corrections.dismiss(project, page, numbers or [])} dismissed")


Blocks = Annotated[list[int] | None, typer.Option(help="Number of a repeated block.")]


@app.command()
def check(
    project: Project = HERE, as_json: Json = False, drop: Blocks = None, keep: Blocks = None
) -> None:
    """List the pages to look at, broken links, and blocks that repeat on many pages."""
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

    aimed = generating.aim(project) if failed else None
    if aimed and not as_json:
        typer.echo(generating.line(aimed))
    found = {"aimed": generating.table(aimed)} if aimed else {}
    _run(project, "generate", as_json=as_json, retry_failed=retry_failed, found=found)


for _name, _text in (
    ("lint", "Drop pairs that are malformed, unsupported or leak a held-out question"),
    ("deduplicate", "Drop near-duplicate questions"),
    ("judge", "Let a model check the pairs, where the project asks for it"),
    ("freeze", "Write the training file to out/"),
    ("finetune", "Train the student on it"),
    ("evaluate", "Ask every arm the held-out questions"),
    ("report", "Write out/report.html and out/report.json"),
):
    _stage_command(_name, _text)


@app.command()
def status(project: Project = HERE, as_json: Json = False) -> None:
    """What is done, what is pending, what failed and what was dropped."""
    from shikomi.cli.overview import status_lines, status_table

    table = status_table(project)
    typer.echo(json.dumps(table, ensure_ascii=False) if as_json else status_lines(table))


review = typer.Typer(help="Decide on pairs yourself: export to a file, edit it, import it.")
app.add_typer(review, name="review", no_args_is_help=True)
Lines = Annotated[Path, typer.Argument(help="A file of JSON lines, one a pair.")]


@review.command("export")
def export_pairs(
    file: Lines,
    project: Project = HERE,
    everything: Annotated[bool, typer.Option("--all", help="Rejected pairs, too.")] = False,
) -> None:
    """Write the pairs to a file, each with its source and what the checks said."""
    from shikomi.cli import reviewing

    typer.echo(f"wrote {reviewing.export(project, file, everything=everything)} pairs to {file}")


@review.command("import")
def import_decisions(file: Lines, project: Project = HERE) -> None:
    """Take over the decisions of an edited file: accept, reject, or edit in new words."""
    from shikomi.cli import reviewing

    typer.echo(reviewing.lines(reviewing.import_(project, file)))


prompts = typer.Typer(help="Prompts of your own in place of built-in ones: list, eject, check.")
app.add_typer(prompts, name="prompts", no_args_is_help=True)


@prompts.command("list")
def list_prompts(project: Project = HERE) -> None:
    """Every prompt with its language, and whether the project has its own."""
    from shikomi.cli import prompting

    typer.echo(prompting.listed(project))


@prompts.command()
def eject(
    names: Annotated[list[str] | None, typer.Argument(help="Which; all by default.")] = None,
    project: Project = HERE,
    lang: Annotated[Literal["en", "ja"] | None, typer.Option(help="Both by default.")] = None,
) -> None:
    """Copy built-in prompts into the project, to be edited; none of yours is overwritten."""
    from shikomi.cli import prompting

    typer.echo(prompting.ejected(project, names or [], lang))


@prompts.command("check")
def check_prompts(project: Project = HERE) -> None:
    """Look for mistakes in the project's own prompts; exit code 1 where there are any."""
    from shikomi.cli import prompting

    typer.echo(prompting.checked(project))


@app.command()
def estimate(
    project: Project = HERE,
    sample: Annotated[
        int, typer.Option("--sample", min=0, help="First make N generate calls; run uses them.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Calls, tokens, money and minutes of what is pending, before anything is paid."""
    from shikomi.cli.estimating import estimated, lines

    table = estimated(project, sample=sample, quiet=as_json)
    typer.echo(json.dumps(table, ensure_ascii=False) if as_json else lines(table))
    if table["failures"]:
        raise typer.Exit(SOME_FAILED)


@app.command()
def cost(project: Project = HERE, as_json: Json = False) -> None:
    """Calls, tokens and money by stage and model."""
    from shikomi.cli.overview import cost_lines, cost_table

    table = cost_table(project)
    typer.echo(json.dumps(table, ensure_ascii=False) if as_json else cost_lines(table))


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="A project's folder, or a report.json.")],
    b: Annotated[Path, typer.Argument(help="The one that is set against it.")],
    as_json: Json = False,
    html: Annotated[Path | None, typer.Option(help="Write a page, too.")] = None,
) -> None:
    """Set two runs side by side: shares, paired differences, what changed, which answers did."""
    from shikomi.cli import comparing
    from shikomi.evaluation.two_runs_report import to_json

    runs = comparing.compared(a, b)
    typer.echo(json.dumps(to_json(runs), ensure_ascii=False) if as_json else comparing.lines(runs))
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
    from shikomi.cli.searching import found, lines

    hits = found(project, " ".join(words), k=k)
    typer.echo(json.dumps(hits, ensure_ascii=False) if as_json else lines(hits))


@app.command()
def chat(
    question: Annotated[list[str] | None, typer.Argument(help="Ask once and leave.")] = None,
    project: Project = HERE,
    base: Annotated[bool, typer.Option("--base", help="Ask the base model.")] = False,
    rag: Annotated[bool, typer.Option("--rag/--no-rag", help="Retrieve sections first.")] = False,
) -> None:
    """Ask the tuned model; with --rag it reads the nearest sections first and names them."""
    from shikomi.cli.talking import talk

    talk(project, " ".join(question or []), base=base, rag=rag)


@app.command()
def serve(
    project: Project = HERE,
    host: Annotated[str, typer.Option(help="Another address than loopback needs a key.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="0: any free port.")] = 8777,
) -> None:
    """Serve the OpenAI API (chat, files, fine-tuning jobs) over the embedded engine."""
    from shikomi.cli.serving import serve_project

    serve_project(project, host=host, port=port)


export = typer.Typer(help="Write what was made in the forms that other programs read.")
app.add_typer(export, name="export", no_args_is_help=True)


@export.command("model")
def export_model(
    name: Annotated[str | None, typer.Argument(help="ft:...; the newest by default.")] = None,
    project: Project = HERE,
    out: Annotated[Path | None, typer.Option(help="The folder to write.")] = None,
    merged: Annotated[bool, typer.Option("--merged", help="Merged safetensors, too.")] = False,
    llama_cpp: Annotated[
        Path | None, typer.Option(help="A llama.cpp checkout: a merged GGUF, too.")
    ] = None,
) -> None:
    """Write a tuned model: adapter (PEFT, GGUF), Modelfile, model card; merged where asked."""
    from shikomi.cli import exporting

    folder = exporting.export_model(project, name, out, merged=merged, llama_cpp=llama_cpp)
    typer.echo(f"wrote {folder}: {', '.join(sorted(path.name for path in folder.iterdir()))}")


@export.command("dataset")
def export_dataset(
    formats: Annotated[
        list[str] | None, typer.Option("--format", help="openai, trl, ...; all by default.")
    ] = None,
    project: Project = HERE,
    out: Annotated[Path | None, typer.Option(help="The folder to write; empty, or ours.")] = None,
) -> None:
    """Write the frozen dataset in other tools' formats, checked, with a dataset card."""
    from shikomi.cli import exporting_dataset

    typer.echo(exporting_dataset.export_dataset(project, formats or [], out))
