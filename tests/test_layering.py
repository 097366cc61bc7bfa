"""The rules that hold the package together, read from its source."""

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import shikomi

PACKAGE = Path(shikomi.__file__).parent
ROOT = Path(__file__).parent.parent
RANKS = {
    "hashing": 0, "errors": 0,
    "types": 1, "terms": 1, "text": 1, "rounding": 1, "problems": 1, "sentences": 1, "files": 1,
    "retry_after": 1, "isolation": 1,
    "config": 2, "corpus": 2, "dataset": 2, "evaluation": 2, "prompts": 2,
    "store": 3,
    "llm": 4, "crawl": 4, "engine": 4,
    "retrieval": 5,
    "answering": 6,
    "stages": 7, "server": 7,
    "app": 8, "web": 8,
    "cli": 9,
}  # fmt: skip
PURE = {
    "hashing", "errors", "types", "terms", "text", "rounding", "problems", "sentences", "corpus",
    "dataset", "evaluation",
}  # fmt: skip
# Packages whose name in the index is another one than in the code, or that come with another.
DISTRIBUTIONS = {
    "yaml": "pyyaml", "starlette": "fastapi", "markupsafe": "jinja2", "tokenizers": "transformers",
}  # fmt: skip
LONGEST_FUNCTION, LONGEST_FILE = 40, 400
# Where a heavy package may be imported at the top of a module.
HEAVY = {
    "torch": {"engine"}, "transformers": {"engine"}, "trl": {"engine"}, "peft": {"engine"},
    "xllamacpp": {"engine"}, "openai": set(), "fastapi": {"server"}, "uvicorn": {"server", "web"},
    "matplotlib": set(),
}  # fmt: skip
# Boundaries that must outlive whatever goes wrong behind them.
CATCH_ALLS = {
    "server/worker.py", "server/gate.py", "server/batch_runner.py", "engine/train_child.py",
    "engine/train_peer.py", "isolation/sandbox_child.py",
}  # fmt: skip

FILES = sorted(PACKAGE.rglob("*.py"))
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


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
            if isinstance(node, FUNCTIONS):
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


def test_every_room_has_a_layer_and_every_layer_its_rooms():
    assert {found for file in FILES if (found := room(file))} == RANKS.keys()


def test_the_decision_on_layers_names_the_same_ones():
    text = (ROOT / "docs" / "decisions" / "0001-architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (.+?) \|", text, re.MULTILINE)
    assert {name: int(n) for n, cell in rows for name in re.findall(r"`(\w+)`", cell)} == RANKS


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


def test_every_package_that_is_imported_is_declared():
    """What only comes along with another package may go with its next version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    declared = [*project["dependencies"], *extras["local"], *extras["parquet"]]
    names = {re.match(r"[\w-]+", each)[0].replace("-", "_") for each in declared}
    known = names | sys.stdlib_module_names | {"shikomi"}

    def undeclared(file):
        return {
            name
            for name in packages(ast.walk(tree(file)))
            if DISTRIBUTIONS.get(name, name) not in known
        }

    assert not offenders(undeclared)


def test_functions_and_files_are_short():
    def long(file):
        lines = len(file.read_text(encoding="utf-8").splitlines())
        found = [node for node in ast.walk(tree(file)) if isinstance(node, FUNCTIONS)]
        sizes = {node.name: node.end_lineno - node.lineno + 1 for node in found}
        longest = {name: n for name, n in sizes.items() if n > LONGEST_FUNCTION}
        return longest | ({"all": lines} if lines > LONGEST_FILE else {})

    assert not offenders(long)


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


def test_what_is_caught_of_every_kind_is_raised_again():
    def kept(file):
        handlers = [n for n in ast.walk(tree(file)) if isinstance(n, ast.ExceptHandler)]
        of_all = [n for n in handlers if n.type and "'BaseException'" in ast.dump(n.type)]
        return [n.lineno for n in of_all if not isinstance(n.body[-1], ast.Raise)]

    assert not offenders(kept)


def test_the_environment_is_read_at_the_doors_alone():
    def reads(file):
        attributes = [n for n in ast.walk(tree(file)) if isinstance(n, ast.Attribute)]
        found = [n.lineno for n in attributes if n.attr in {"environ", "getenv"}]
        return [] if room(file) in {"app", "cli", "server", "engine"} else found

    assert not offenders(reads)


def test_pure_rooms_open_no_door_and_read_no_clock():
    doors = {"sqlite3", "socket", "http", "httpx2", "requests", "asyncio", "subprocess", "os",
             "threading", "tempfile", "shutil", "secrets", "time", "datetime"}  # fmt: skip
    assert not offenders(lambda f: room(f) in PURE and packages(ast.walk(tree(f))) & doors)


def test_sql_is_spoken_in_the_stores_alone():
    def speaks(file):
        return room(file) not in {"store", "server"} and "sqlite3" in packages(ast.walk(tree(file)))

    assert not offenders(speaks)


@pytest.mark.parametrize(
    ("module", "more"), [("commands", ["numpy", "httpx2"]), ("overview", ["httpx2", "asyncio"])]
)
def test_commands_start_without_the_packages_that_they_do_not_need(module, more):
    """`commands` is what each of them loads, `overview` what looks at a project and asks nobody."""
    unwanted = ["torch", "transformers", "openai", "matplotlib", "fastapi", "xllamacpp", *more]
    code = f"import sys, shikomi.cli.{module}; print([m for m in {unwanted} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_files_of_tests_have_names_of_their_own():
    """Two of one name in two folders cannot be collected in one run."""
    names = Counter(file.name for file in Path(__file__).parent.rglob("test_*.py"))
    assert [name for name, n in names.items() if n > 1] == []
