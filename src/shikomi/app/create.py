"""A new project's folder."""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

from shikomi import config, crawl
from shikomi.errors import UserError
from shikomi.files import write_whole

_ZIPPED = (".zip", ".epub")
_IGNORED = "shikomi.db*\nserver/\nout/\n.shikomi.lock\n"


def create(
    folder: Path,
    *,
    source: Path | str,
    root: str | None,
    aliases: Sequence[str],
    lang: str,
    overrides: str = "",
) -> Path:
    """Write shikomi.toml (and a .gitignore) into `folder`. Returns the file's path.

    `source` is a folder, a zip file or one file, or as text the web address of a site.

    Raises:
        UserError: there is a project already, the source does not exist, or the address
            is none.
    """
    file = folder / config.FILE_NAME
    if file.exists():
        raise UserError(f"{file} exists already: edit it, or choose another folder")
    written = crawl.start_url(source) if isinstance(source, str) else _checked(source, folder)
    text = _text(written, root, aliases, lang) + overrides
    config.parse(text, name=str(file))
    write_whole(file, text.encode("utf-8"))
    if not (folder / ".gitignore").exists():
        write_whole(folder / ".gitignore", _IGNORED.encode())
    return file


def is_as_made(folder: Path) -> bool:
    """Whether shikomi.toml is what `create` writes for its source alone."""
    text = (folder / config.FILE_NAME).read_bytes().decode("utf-8", "replace")
    return text == _text(config.load(folder).project.source, None, (), "auto")


def _checked(source: Path, folder: Path) -> str:
    if not source.exists():
        raise UserError(
            f"the source {source} does not exist: name a folder, a zip file or a file that does,"
            " or a site by its whole address (https://...)"
        )
    if source.suffix.lower() in _ZIPPED and source.is_file() and not zipfile.is_zipfile(source):
        raise UserError(f"{source} cannot be read as a zip file: pack it anew, or name its folder")
    if source.resolve() == (folder / "docs").resolve():
        raise UserError(
            f"{source} is where the project would keep its own pages: choose another folder for the"
            f" project, such as `shikomi init myproject --source {source}`"
        )
    return _relative(source, folder)


def _relative(source: Path, folder: Path) -> str:
    source, folder = source.resolve(), folder.resolve()
    return source.relative_to(folder).as_posix() if source.is_relative_to(folder) else str(source)


def _text(source: str, root: str | None, aliases: Sequence[str], lang: str) -> str:
    lines = ["[project]", f"source = {_quoted(source)}"]
    if root is None:
        lines += [
            "# What do these documents describe? Its name is usually on no page.",
            '# root = "..."',
        ]
    else:
        lines.append(f"root = {_quoted(root)}")
    names = ", ".join(_quoted(alias) for alias in aliases)
    return "\n".join([*lines, f"aliases = [{names}]", f"lang = {_quoted(lang)}", ""])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
