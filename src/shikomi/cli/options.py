"""Options that many commands have."""

import re
import shlex
from pathlib import Path
from typing import Annotated

import typer

Project = Annotated[Path, typer.Option("--project", "-p", help="The project's folder.")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
Retry = Annotated[bool, typer.Option("--retry-failed", help="Try failed items once more.")]
Study = Annotated[
    bool, typer.Option("--study", help="Train and ask a second model without some facts, too.")
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="0: any free port.")]
HERE = Path()
_PLAIN = re.compile(r"[\w./\\:~+@%,=-]+")
_ALIVE = re.compile(r'["$`!]')  # to a shell, between double quotes


def of_project(folder: Path) -> str:
    """` -p FOLDER` as a person types it, with what a space needs; "" for the folder here."""
    text = str(folder)
    if folder == HERE:
        return ""
    if _PLAIN.fullmatch(text):
        return f" -p {text}"
    return f" -p {shlex.quote(text)}" if _ALIVE.search(text) else f' -p "{text}"'
