"""The commands that have commands of their own: conflicts, review, prompts, export."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from shikomi.cli.options import HERE, Json, Port, Project, of_project

conflicts = typer.Typer(help="New text that your edits kept out: list, accept, dismiss.")
Page = Annotated[str, typer.Argument(help="A page of docs/.")]
Numbers = Annotated[list[int] | None, typer.Argument(help="Which; all of the page by default.")]


@conflicts.callback(invoke_without_command=True)
def conflicts_list(ctx: typer.Context, project: Project = HERE, as_json: Json = False) -> None:
    """New text that your edits kept out: list, accept, dismiss."""
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


review = typer.Typer(help="Decide on pairs, in the browser or a file; label answers.")
Lines = Annotated[Path, typer.Argument(help="A file of JSON lines, one a pair.")]


@review.command("page")
def review_page(
    project: Project = HERE,
    host: Annotated[str, typer.Option(help="Where it is served; by default here alone.")] = (
        "127.0.0.1"
    ),
    port: Port = 8778,
    browser: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Look through the pairs in the browser: accept, reject, edit."""
    from shikomi.cli import reviewing

    reviewing.page(project, host=host, port=port, browser=browser)


@review.command("export")
def export_pairs(
    file: Lines,
    project: Project = HERE,
    everything: Annotated[bool, typer.Option("--all", help="Rejected pairs, too.")] = False,
) -> None:
    """Write the pairs to a file, with source and checks."""
    from shikomi.cli import reviewing

    typer.echo(f"wrote {reviewing.export(project, file, everything=everything)} pairs to {file}")


@review.command("import")
def import_decisions(file: Lines, project: Project = HERE) -> None:
    """Take over the decisions of an edited file."""
    from shikomi.cli import reviewing

    typer.echo(reviewing.lines(reviewing.import_(project, file), of_project(project)))


@review.command("answers")
def export_answers(
    file: Annotated[Path, typer.Argument(help="A file of JSON lines, one an answer.")],
    project: Project = HERE,
    count: Annotated[int, typer.Option(min=1, help="How many answers, by chance.")] = 100,
) -> None:
    """Write the models' answers to a file, for you to label."""
    from shikomi.cli import reviewing

    n, labels = reviewing.answers(project, file, count=count)
    typer.echo(f"wrote {n} answers to {file}: put a label into each; {labels} is read by a run")


prompts = typer.Typer(help="Prompts of your own: list, eject, check.")


@prompts.command("list")
def list_prompts(project: Project = HERE) -> None:
    """Every prompt, and which are the project's own."""
    from shikomi.cli import prompting

    typer.echo(prompting.listed(project))


@prompts.command()
def eject(
    names: Annotated[list[str] | None, typer.Argument(help="Which; all by default.")] = None,
    project: Project = HERE,
    lang: Annotated[Literal["en", "ja"] | None, typer.Option(help="Both by default.")] = None,
) -> None:
    """Copy built-in prompts into the project, to be edited."""
    from shikomi.cli import prompting

    typer.echo(prompting.ejected(project, names or [], lang))


@prompts.command("check")
def check_prompts(project: Project = HERE) -> None:
    """Look for mistakes in the project's own prompts."""
    from shikomi.cli import prompting

    typer.echo(prompting.checked(project))


export = typer.Typer(help="Write model, dataset or questions for other programs.")


@export.command("model")
def export_model(
    name: Annotated[str | None, typer.Argument(help="ft:...; the newest by default.")] = None,
    project: Project = HERE,
    out: Annotated[
        Path | None, typer.Option(help="The folder to write; by default one in out/.")
    ] = None,
    merged: Annotated[bool, typer.Option("--merged", help="Merged safetensors, too.")] = False,
    llama_cpp: Annotated[
        Path | None, typer.Option(help="A llama.cpp checkout: a merged GGUF, too.")
    ] = None,
) -> None:
    """Write a tuned model for PEFT, llama.cpp and Ollama."""
    from shikomi.app.local_server import check_installed

    check_installed()
    from shikomi.cli import exporting

    folder = exporting.export_model(project, name, out, merged=merged, llama_cpp=llama_cpp)
    typer.echo(f"wrote {folder}: {', '.join(sorted(path.name for path in folder.iterdir()))}")


@export.command("dataset")
def export_dataset(
    formats: Annotated[
        list[str] | None, typer.Option("--format", help="openai, trl and so on; all by default.")
    ] = None,
    project: Project = HERE,
    out: Annotated[Path | None, typer.Option(help="The folder to write; empty, or ours.")] = None,
) -> None:
    """Write the dataset in other tools' formats, with a card."""
    from shikomi.cli import exporting_dataset

    typer.echo(exporting_dataset.export_dataset(project, formats or [], out))


@export.command("tasks")
def export_tasks(
    formats: Annotated[
        list[str] | None, typer.Option("--format", help="lm-eval or inspect; both by default.")
    ] = None,
    project: Project = HERE,
    out: Annotated[Path | None, typer.Option(help="The folder to write.")] = None,
) -> None:
    """Write the held-out questions as tasks of lm-eval and Inspect."""
    from shikomi.cli import exporting_tasks

    typer.echo(exporting_tasks.export(project, formats or [], out))
