"""Options that many commands have."""

from pathlib import Path
from typing import Annotated

import typer

Project = Annotated[Path, typer.Option("--project", "-p", help="The project's folder.")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
Retry = Annotated[bool, typer.Option("--retry-failed", help="Try failed items once more.")]
Study = Annotated[
    bool, typer.Option("--study", help="Train and ask a second model without some facts, too.")
]
HERE = Path()
