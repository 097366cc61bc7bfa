"""Front matter: a small, safe subset of YAML, of strings only.

What is written is double-quoted JSON strings, which every YAML reader reads alike. What is read
is `key: value` on one line, plain or quoted; any other YAML a person wrote (lists, nested keys,
comments) is kept as text and never interpreted, so no YAML type can surprise anyone.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping

_BLOCK = re.compile(
    r"\ufeff?---[ \t]*\r?\n(?P<inner>.*?)(?:^)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.S | re.M
)
_TOML = re.compile(r"\ufeff?\+\+\+[ \t]*\r?\n(?P<inner>.*?)^\+\+\+[ \t]*(?:\r?\n|\Z)", re.S | re.M)
_KEY = re.compile(r"(?P<key>[^\s:#\-\[\]{}\"'&*!|>%@`,?][^:\n]*?)[ \t]*:(?:[ \t]+(?P<value>.*)|)$")
_JSON = json.JSONDecoder()
_LINE_BREAKS = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")


def split(text: str) -> tuple[dict[str, str], str]:
    """(string fields, body). Without front matter: ({}, text). Never raises.

    Fields whose value is not a one-line string are left out; `raw` has them. `write` and `split`
    invert each other: the body comes back character for character.
    """
    inner, body = _parts(text)
    fields: dict[str, str] = {}
    for key, lines in entries(inner or ""):
        value = _string(lines) if key else None
        if value is not None:
            fields[key] = value
    return fields, body


def raw(text: str) -> str:
    """The lines between the `---` lines as they stand, or ""."""
    return _parts(text)[0] or ""


def write(fields: Mapping[str, str], body: str, *, own: str = "") -> str:
    """`body` under front matter of `fields`, then of the lines of `own` (see `raw`): a document's
    own front matter, less the keys that `fields` has. Without both: the body alone.

    Raises:
        ValueError: A key is not a plain word.
    """
    lines = [f"{_checked(key)}: {_quoted(value)}\n" for key, value in fields.items()]
    for key, entry in entries(own):
        if key not in fields:
            lines += [line.rstrip("\r\n") + "\n" for line in entry]
    if not lines and _parts(body)[0] is None:
        return body
    return "---\n" + "".join(lines) + "---\n\n" + body


def as_yaml(text: str) -> str:
    """`text` with front matter in TOML or JSON, as Hugo takes them, in the form that is read here:
    strings, and what is no string as JSON, which is YAML too. Other text as it is."""
    try:
        fields, body = _of_hugo(text)
        lines = [f"{_checked(key)}: {_quoted(value)}\n" for key, value in fields.items()]
    except (ValueError, RecursionError):
        return text
    return "---\n" + "".join(lines) + "---\n" + body if lines else text


def _of_hugo(text: str) -> tuple[dict[str, object], str]:
    """(the fields, the rest).

    Raises:
        ValueError: They cannot be read.
    """
    if match := _TOML.match(text):
        return tomllib.loads(match["inner"]), text[match.end() :]
    start = text.removeprefix("\ufeff")
    if not start.startswith("{"):
        return {}, text
    fields, end = _JSON.raw_decode(start)
    after = start[end:].partition("\n")
    return ({}, text) if after[0].strip() else (fields, after[2])


def _parts(text: str) -> tuple[str | None, str]:
    match = _BLOCK.match(text)
    if match is None or not _is_mapping(match["inner"]):
        return None, text
    body = text[match.end() :]
    return match["inner"], re.sub(r"\A\r?\n", "", body)


def _is_mapping(inner: str) -> bool:
    """Whether this is front matter, and not prose between two thematic breaks."""
    found = list(entries(inner))
    return all(key or not "".join(lines).strip() or _comment(lines) for key, lines in found)


def _comment(lines: list[str]) -> bool:
    return all(line.startswith("#") or not line.strip() for line in lines)


def entries(inner: str) -> Iterator[tuple[str, list[str]]]:
    """(key, its lines): a line that starts a key, and the indented or blank ones after it.

    Lines before the first key, comments, and lines that are no YAML have the key "".
    """
    key, lines = "", list[str]()
    for line in inner.splitlines(keepends=True):
        match = _KEY.match(line.rstrip("\r\n"))
        continues = line[:1] in (" ", "\t", "-") or not line.strip()
        if match or not (continues and lines):
            if lines:
                yield key, lines
            key, lines = (match["key"] if match else ""), []
        lines.append(line)
    if lines:
        yield key, lines


def _string(lines: list[str]) -> str | None:
    match = _KEY.match(lines[0].rstrip("\r\n"))
    if match is None or any(line.strip() for line in lines[1:]):
        return None
    value = (match["value"] or "").strip()
    if value.startswith('"'):
        return _double_quoted(value)
    if single := re.fullmatch(r"'((?:[^']|'')*)'(?:\s+#.*)?", value):
        return single[1].replace("''", "'")
    if value[:1] and value[0] in "[]{}>|&*!%@`'\"#,?":
        return None
    return re.sub(r"\s+#.*$", "", value)


def _double_quoted(value: str) -> str | None:
    match = re.fullmatch(r'("(?:[^"\\]|\\.)*")(?:\s+#.*)?', value)
    try:
        text = json.loads(match[1]) if match else None
    except json.JSONDecodeError:
        return None
    return text if isinstance(text, str) else None


def _checked(key: str) -> str:
    match = _KEY.match(f"{key}:")
    if match is None or match["key"] != key:
        raise ValueError(f"{key!r} cannot be a front matter key")
    return key


def _quoted(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return _LINE_BREAKS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
