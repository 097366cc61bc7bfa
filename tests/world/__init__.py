"""A made-up system with its documents, projects about it, and an endpoint for every model."""

from world.documents import CP932_PAGE, PAGES, QUESTIONS, SYSTEM
from world.endpoint import World
from world.projects import (
    GENERATE,
    command,
    opened,
    process,
    question_lines,
    report,
    rows,
    run,
    shikomi,
    typed,
    write_documents,
    write_project,
)
from world.replies import TUNED, kind_of, right_again, statements, target

__all__ = [
    "CP932_PAGE",
    "GENERATE",
    "PAGES",
    "QUESTIONS",
    "SYSTEM",
    "TUNED",
    "World",
    "command",
    "kind_of",
    "opened",
    "process",
    "question_lines",
    "report",
    "right_again",
    "rows",
    "run",
    "shikomi",
    "statements",
    "target",
    "typed",
    "write_documents",
    "write_project",
]
