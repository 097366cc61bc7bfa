"""The rules that hold the package together, read from its source."""

import ast
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import shikomi

PACKAGE = Path(shikomi.__file__).parent
RANKS = {
    "hashing": 0, "errors": 0,
    "types": 1, "terms": 1, "text": 1, "rounding": 1, "problems": 1, "sentences": 1, "files": 1,
    "isolation": 1,
    "config": 2, "corpus": 2, "dataset": 2, "evaluation": 2, "prompts": 2,
    "store": 3,
    "llm": 4, "crawl": 4, "engine": 4,
    "retrieval": 5,
    "answering": 6,
    "stages": 7, "server": 7,
    "app": 8,
    "web": 9,
    "cli": 10,
}  # fmt: skip
PURE = {
    "hashing", "errors", "types", "terms", "text", "rounding", "problems", "corpus", "dataset",
    "evaluation",
}  # fmt: skip
# Where a heavy package may be imported at the top of a module.
HEAVY = {
    "torch": {"engine"}, "transformers": {"engine"}, "trl": {"engine"}, "peft": {"engine"},
    "xllamacpp": {"engine"}, "openai": set(), "fastapi": {"server"}, "uvicorn": {"server"},
    "matplotlib": set(),
}  # fmt: skip
# Boundaries that must outlive whatever goes wrong behind them.
CATCH_ALLS = {
    "server/worker.py", "server/gate.py", "server/batch_runner.py", "engine/train_child.py",
    "engine/train_peer.py", "isolation/sandbox_child.py",
}  # fmt: skip

FILES = sorted(PACKAGE.rglob("*.py"))


@cache
def tree(file):
    return ast.parse(file.read_text(encoding="utf-8"))


def room(file):
    """The room, or top-level module, of a file; None for the package's own two files."""
    name = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return None if name in {"__init__", "__main__"} else name


def imported(nodes):
    """Full names of what import statements bring in."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own(file):
    """The rooms of this package that a file imports from, in functions too."""
    for name in imported(ast.walk(tree(file))):
        parts = name.split(".")
        if parts[0] == "shikomi" and len(parts) > 1 and parts[1] in RANKS:
            yield parts[1]


def at_the_top(file):
    """Statements that run when a module is imported; not those for type checkers alone."""

    def walk(nodes):
        for node in nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
                continue
            yield node
            yield from walk(ast.iter_child_nodes(node))

    return walk(tree(file).body)


def offenders(wrong):
    """What `wrong(file)` finds, by file."""
    return {file.relative_to(PACKAGE).as_posix(): found for file in FILES if (found := wrong(file))}


def packages(nodes):
    return {name.split(".")[0] for name in imported(nodes)}


def test_every_room_has_a_layer():
    assert not offenders(lambda file: room(file) and room(file) not in RANKS)


def test_imports_point_strictly_down():
    def upward(file):
        mine = RANKS.get(room(file), 99)
        return {other for other in own(file) if other != room(file) and RANKS[other] >= mine}

    assert not offenders(upward)


def test_heavy_packages_are_imported_where_they_are_needed_only():
    def misplaced(file):
        heavy = packages(at_the_top(file)) & HEAVY.keys()
        return {name for name in heavy if room(file) not in HEAVY[name]}

    assert not offenders(misplaced)


def test_nothing_prints_and_only_the_command_line_reads_the_terminal():
    def calls(file):
        found = [node for node in ast.walk(tree(file)) if isinstance(node, ast.Call)]
        names = {node.func.id for node in found if isinstance(node.func, ast.Name)}
        return names & ({"print"} if room(file) == "cli" else {"print", "input", "exit", "quit"})

    assert not offenders(calls)


def test_no_catch_all_but_at_the_named_boundaries():
    def broad(file):
        handlers = [n for n in ast.walk(tree(file)) if isinstance(n, ast.ExceptHandler)]
        return [n.lineno for n in handlers if n.type is None or "'Exception'" in ast.dump(n.type)]

    assert offenders(broad).keys() == CATCH_ALLS


def test_the_environment_is_read_at_the_doors_alone():
    def reads(file):
        attributes = [n for n in ast.walk(tree(file)) if isinstance(n, ast.Attribute)]
        found = [n.lineno for n in attributes if n.attr in {"environ", "getenv"}]
        return [] if room(file) in {"app", "cli", "server", "engine"} else found

    assert not offenders(reads)


def test_pure_rooms_open_no_network_and_no_database():
    doors = {"sqlite3", "socket", "httpx2", "requests", "subprocess", "threading"}
    assert not offenders(lambda f: room(f) in PURE and packages(ast.walk(tree(f))) & doors)


def test_sql_is_spoken_in_the_stores_alone():
    def speaks(file):
        return room(file) not in {"store", "server"} and "sqlite3" in packages(ast.walk(tree(file)))

    assert not offenders(speaks)


def test_the_command_line_starts_without_the_heavy_packages():
    wanted = ["torch", "transformers", "openai", "matplotlib", "fastapi", "numpy", "xllamacpp"]
    code = f"import sys, shikomi.cli.commands; print([m for m in {wanted} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_files_of_tests_have_names_of_their_own():
    """Two of one name in two folders cannot be collected in one run."""
    names = Counter(file.name for file in Path(__file__).parent.rglob("test_*.py"))
    assert [name for name, n in names.items() if n > 1] == []
