"""The documentation says what the code does: commands, keys, defaults, routes, links."""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel

from shikomi import config
from shikomi.cli.commands import app
from shikomi.prompts.own import NAMES
from shikomi.stages import STAGES

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PAIRS = [("README.md", "README.ja.md"), ("docs/guide.md", "docs/guide.ja.md")]
GUIDES = ["docs/guide.md", "docs/guide.ja.md"]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(shikomi [a-z][^`]*)`")
_LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
_KEY_ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| .*\|$", re.MULTILINE)
_ROUTE_ROW = re.compile(r"^\| `(/v1/[^`]+)` \| (.+) \|$", re.MULTILINE)
_NOT_SET = {"none", "なし"}
# One Japanese word for one thing: what the guide, the report and the review page do not say.
_OTHER_WORDS = re.compile(
    "訓練|問答|接続先|計算機|アウトライン|セクション|来歴|出どころ|裏付け|基盤モデル|学習済みモデル"
    "|わか[りるっら]|(?:フォルダ|ブラウザ|アダプタ|パラメータ|メモリー)(?!ー)"
)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return [body for kind, body in _BLOCK.findall(text) if kind == language]


def shell_lines(text: str) -> list[str]:
    joined = "\n".join(blocks(text, "sh")).replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip()]


def shikomi_lines() -> list[str]:
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        found += [line for line in shell_lines(text) if line.startswith("shikomi ")]
        found += _INLINE.findall(text)
    return sorted(set(found))


@pytest.mark.parametrize("line", shikomi_lines())
def test_every_command_line_in_the_documentation_parses(line: str) -> None:
    group = typer.main.get_command(app)
    name, *arguments = shlex.split(line)[1:]
    assert name in group.commands
    group.commands[name].make_context(name, arguments)


def test_every_command_is_in_the_guide() -> None:
    for guide in GUIDES:
        text = read(guide)
        missing = [
            name
            for name in typer.main.get_command(app).commands
            if not re.search(rf"\bshikomi {name}\b", text)
        ]
        assert missing == []


@pytest.mark.parametrize("guide", GUIDES)
def test_every_option_is_in_the_guide(guide: str) -> None:
    text = read(guide)
    missing = [
        f"{name} {option}"
        for name, option in options(typer.main.get_command(app), "shikomi")
        if not re.search(rf"(?<![\w-]){option}(?![\w-])", text)
    ]
    assert missing == []


@pytest.mark.parametrize("guide", GUIDES)
def test_the_guide_names_the_commands_that_take_json(guide: str) -> None:
    commands = typer.main.get_command(app).commands
    takers = {
        name
        for name, command in commands.items()
        if any("--json" in each.opts for each in command.params)
    }
    [line] = [line for line in read(guide).splitlines() if line.startswith(("`run`, ", "`run`、"))]
    named = set(re.findall(r"`([a-z]+)`", line))
    assert named | {stage.name for stage in STAGES} == takers


def options(command: Any, name: str) -> Iterator[tuple[str, str]]:
    """Each command below this one, or the same, with each of its options but --help."""
    for each in command.params:
        if each.param_type_name == "option":
            yield from ((name, option) for option in each.opts)
    for below, inner in getattr(command, "commands", {}).items():
        yield from options(inner, f"{name} {below}")


def test_every_make_target_in_the_documentation_exists() -> None:
    targets = set(re.findall(r"^([\w-]+):", read("Makefile"), re.MULTILINE))
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        named = {line.split()[1] for line in shell_lines(text) if line.startswith("make ")}
        named |= set(re.findall(r"`make ([\w-]+)[^`]*`", text))
        assert named <= targets


def test_the_commands_that_need_no_model_run_as_the_readme_shows_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHIKOMI_CACHE", str(tmp_path / "cache"))
    (tmp_path / "docs").mkdir()
    page = "# Terms\n\nA tick is 40 milliseconds long.\n"
    (tmp_path / "docs" / "index.md").write_text(page, encoding="utf-8")
    run_lines([line for line in shell_lines(read("README.md")) if line.startswith("shikomi init")])
    question = tmp_path / "myproject" / "questions.jsonl"
    question.write_text("".join(blocks(read("docs/guide.md"), "json")), encoding="utf-8")
    run_lines(["shikomi holdout -p myproject"])
    run_lines(["shikomi status -p myproject", "shikomi cost -p myproject"])
    assert (tmp_path / "myproject" / "docs" / "index.md").exists()
    assert (tmp_path / "myproject" / "outline.md").exists()


def run_lines(lines: list[str]) -> None:
    assert lines
    for line in lines:
        assert app(shlex.split(line)[1:], standalone_mode=False) in (None, 0)


def keys(model: type[BaseModel], prefix: str = "") -> dict[str, Any]:
    """Every leaf key of the configuration with its default."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, BaseModel):
            found |= keys(type(default), f"{prefix}{name}.")
        else:
            found[prefix + name] = list(default) if isinstance(default, tuple) else default
    return found


def documented_keys(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for heading, body in re.findall(r"^### (`\[[^\n]*)\n(.*?)(?=^##|\Z)", text, re.M | re.S):
        for section in re.findall(r"\[([\w.]+)\]", heading):
            for key, cell in _KEY_ROW.findall(body):
                found[f"{section}.{key}"] = value_of(cell)
    return found


def value_of(cell: str) -> Any:
    return None if cell in _NOT_SET else tomllib.loads(f"value = {cell.strip('`')}")["value"]


@pytest.mark.parametrize("guide", GUIDES)
def test_the_guide_has_every_configuration_key_with_its_default(guide: str) -> None:
    assert documented_keys(read(guide)) == keys(config.Config)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_toml_and_json_example_is_accepted(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for body in blocks(text, "toml"):
        config.parse(body)
    for body in blocks(text, "json"):
        for line in body.splitlines():
            json.loads(line)


@pytest.mark.parametrize("guide", GUIDES)
def test_the_guide_names_every_prompt(guide: str) -> None:
    assert [name for name in NAMES if f"`{name}`" not in read(guide)] == []


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The server, as an application that nobody asks anything."""
    from shikomi.server.app import create_app
    from shikomi.server.database import Database
    from shikomi.server.settings import ServerSettings

    folder = tmp_path_factory.mktemp("server")
    settings = ServerSettings(data=folder, cache=folder / "cache", n_threads=1)
    database = Database(folder / "server.db")
    server = create_app(settings, database, loopback=True)
    database.close()
    return server


@pytest.fixture(scope="module")
def routes(served: Any) -> dict[str, set[str]]:
    """What the server says of itself: its paths, and that of what it says, with their methods."""
    paths = served.openapi()["paths"]
    told = {path: {method.upper() for method in found} for path, found in paths.items()}
    return told | {served.openapi_url: {"GET"}}


def test_the_server_describes_every_route_that_it_answers(
    served: Any, routes: dict[str, set[str]]
) -> None:
    answered: dict[str, set[str]] = {}
    for route in flat(served.routes):
        path = route.path.replace(":path}", "}")
        answered.setdefault(path, set()).update(route.methods - {"HEAD"})
    assert answered == routes


def flat(found: list[Any]) -> list[Any]:
    """Routes, those in included routers too."""
    return [
        each
        for route in found
        for each in ([route] if hasattr(route, "path") else flat(route.effective_candidates()))
    ]


@pytest.mark.parametrize("guide", GUIDES)
def test_the_guide_has_every_route_of_the_server(guide: str, routes: dict[str, set[str]]) -> None:
    table = _ROUTE_ROW.findall(read(guide))
    documented = {path: set(re.findall(r"GET|POST|DELETE", cell)) for path, cell in table}
    assert documented == routes


def test_every_curl_line_calls_a_route_of_the_server(routes: dict[str, set[str]]) -> None:
    patterns = [re.sub(r"\{[^}]+\}", "[^/]+", path) for path in routes]
    for page in PAGES:
        for line in shell_lines(page.read_text(encoding="utf-8")):
            if line.startswith("curl "):
                path = "/v1/" + shlex.split(line)[1].split("/v1/")[1]
                assert any(re.fullmatch(pattern, path) for pattern in patterns)


@pytest.mark.parametrize(("english", "japanese"), PAIRS)
def test_both_languages_have_the_same_shape(english: str, japanese: str) -> None:
    ours, theirs = read(english), read(japanese)
    assert shape(ours) == shape(theirs)
    assert [each[0] for each in _BLOCK.findall(ours)] == [
        each[0] for each in _BLOCK.findall(theirs)
    ]
    lines = [without_words(line) for line in shell_lines(ours)]
    assert lines == [without_words(line) for line in shell_lines(theirs)]


JAPANESE = [
    *ROOT.glob("*.ja.md"),
    *(ROOT / "docs").glob("*.ja.md"),
    *(ROOT / "src" / "shikomi" / "dataset" / "templates").glob("card.ja.md.j2"),
    *(ROOT / "src" / "shikomi" / "evaluation").glob("*wording.py"),
    *(ROOT / "src" / "shikomi" / "evaluation").glob("*labels.py"),
    *(ROOT / "src" / "shikomi" / "web").glob("*.py"),
    ROOT / "src" / "shikomi" / "terms.py",
]


@pytest.mark.parametrize("file", JAPANESE, ids=lambda file: file.name)
def test_one_thing_has_one_japanese_name(file: Path) -> None:
    assert _OTHER_WORDS.findall(file.read_text(encoding="utf-8")) == []


def shape(text: str) -> list[str]:
    """Levels of the headings and rows of the tables, in order."""
    prose = _BLOCK.sub("", text)
    return re.findall(r"^(#+ |\|(?=-)|\|)", prose, re.MULTILINE)


def without_words(line: str) -> str:
    """A command without what differs by language: the question asked, the language chosen."""
    return re.sub(r'--lang \w+|--rag "[^"]*"|"(content|input|instructions)": "[^"]*"', "", line)


def test_every_decision_is_in_their_index_by_its_title() -> None:
    folder = ROOT / "docs" / "decisions"
    rows = re.findall(r"^\| \[(\d+)\]\((.+?)\) \| (.+) \|$", read("docs/decisions/README.md"), re.M)
    pages = sorted(folder.glob("0*.md"))
    assert [name for _, name, _ in rows] == [page.name for page in pages]
    heads = [page.read_text(encoding="utf-8").split("\n", 1)[0] for page in pages]
    assert [f"# {number}: {title}" for number, _, title in rows] == heads


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_link_leads_to_a_missing_file(page: Path) -> None:
    text = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    targets = _LINK.findall(text)
    assert [target for target in targets if not (page.parent / target).exists()] == []
