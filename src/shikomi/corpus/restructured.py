"""reStructuredText, Sphinx's directives and roles included, as Markdown: headings, code blocks,
admonitions, descriptions of objects, lists of pages, links, roles and tables. Of other directives
the argument and the content stay; those without content stay as written. Comments go.
"""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from shikomi.corpus import restructured_tables as tables
from shikomi.text import is_wide

Lines = Sequence[str]

_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1+[ \t]*$")
_DIRECTIVE = re.compile(r"( *)\.\. ([\w:-]+)::(?:[ \t]+(.*))?$")
_OPTION = re.compile(r"\s*:[\w -]+:(?:\s+(.*))?$")
_ALT = re.compile(r"\s*:alt:\s+(.*)$")
_LABEL = re.compile(r" *\.\. _[^:`]+:[ \t]*$")
_TARGET = re.compile(r" *\.\. _`?([^:`]+)`?:[ \t]+(\S+)[ \t]*$")
_FIELD = re.compile(
    r"( *):((?:param|parameter|arg|argument|key|keyword|type|raises?|except|exception|var|ivar|cvar"
    r"|vartype|returns?|rtype|yields?)(?: [^:`]+)?):(?:[ \t]+(.*))?$"
)
_ROLE = re.compile(r":((?:[A-Za-z][\w-]*:)*[A-Za-z][\w-]*):`([^`\n]+)`")
_NAMED = re.compile(r"([^<]+)<[^<>]*>$")
_LINK = re.compile(r"(?<![`\w:])`([^`<\n]*)<([^<>`\s]+)>`__?")
_REFERENCE = re.compile(r"(?<![`\w:])`([^`<\n]+)`_(?![_\w])")
_CODE_SPAN = re.compile(r"(``.+?``)")
_CODE = frozenset(
    {"code-block", "code", "sourcecode", "parsed-literal", "prompt", "doctest", "testcode",
     "testoutput", "productionlist", "highlight-block", "console", "ipython", "jupyter-execute",
     "code-cell", "graphviz", "digraph", "mermaid", "uml", "plantuml"}
)  # fmt: skip
_ADMONITIONS = frozenset(
    {"note", "warning", "tip", "important", "caution", "hint", "attention", "danger", "error",
     "seealso", "versionadded", "versionchanged", "versionremoved", "deprecated", "admonition",
     "topic", "rubric"}
)  # fmt: skip
_LABELS = {"seealso": "See also", "versionadded": "New in version",
           "versionchanged": "Changed in version", "versionremoved": "Removed in version",
           "deprecated": "Deprecated since", "admonition": "", "topic": "",
           "rubric": ""}  # fmt: skip
_OBJECTS = frozenset(
    {"function", "class", "method", "attribute", "data", "exception", "decorator", "staticmethod",
     "classmethod", "decoratormethod", "coroutinefunction", "coroutinemethod", "property", "option",
     "cmdoption", "envvar", "confval", "describe", "object", "macro", "type", "var", "member",
     "struct", "enum", "enumerator", "setting", "directive", "role", "opcode"}
)  # fmt: skip
_TABLES = frozenset({"table", "list-table", "csv-table"})
_SILENT = frozenset({"currentmodule", "module", "highlight", "index", "default-domain", "contents",
                     "sectnum", "meta", "tabularcolumns"})  # fmt: skip
_UNNAMED = frozenset(
    {"only", "container", "compound", "rst-class", "cssclass", "class", "tabs", "tab-set", "grid",
     "highlights", "epigraph", "pull-quote", "hlist"}
)  # fmt: skip
_COMMENT = re.compile(r" *\.\.(?:[ \t]+(?![\[|_]|__|[\w:.+-]+::)\S.*)?[ \t]*$")
_SPANS = re.compile(r"``.+?``|`[^`\n]+`")
_OPEN = re.compile(r"(?<![`\w])`(?![`\s])")
_MOST_CLOSING = 4
_BEGINS = re.compile(r"\s*(?:[-*+|]|\.\.|\(?(?:\d+|#)[.)]|:[\w ]+:)(?:\s|$)")  # what is no text
_AUTO_NUMBER = re.compile(r"( *)#\.(?=\s)")
_CLASS = re.compile(r"(?:[A-Za-z_]\w* )?[A-Za-z_][\w.:]*\s*(?:[(\[].*)?$")
_ENTRY = re.compile(r"(.*?)\s*<([^<>]+)>$")
_PROSE_ROLES = frozenset({"ref", "term", "numref", "any", "abbr", "sup", "sub", "dfn"})
_NUMBERED_ROLES = {"pep": "PEP", "rfc": "RFC"}


def to_markdown(lines: Lines) -> Iterator[str]:
    """The page's lines as Markdown. A title has a line of punctuation below it, perhaps above
    too; the kinds of these lines are levels in the order in which they come."""
    targets = {m[1].lower(): m[2] for m in map(_TARGET.match, lines) if m}
    return _blocks(lines, [], targets)


def _blocks(lines: Lines, levels: list[str], targets: Mapping[str, str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        made, at = _block(lines, at, levels, targets)
        yield from made


def _block(
    lines: Lines, at: int, levels: list[str], targets: Mapping[str, str]
) -> tuple[Lines, int]:
    """(the Markdown of what begins there, where the next begins)."""
    line = lines[at]
    if title := _title(lines, at):
        kind, text, n_lines = title
        return [_heading(kind, _inline(text.strip(), targets), levels)], at + n_lines
    if drawn := tables.drawn(lines, at):
        table, end = drawn
        rows = [_inline(each, targets) for each in table]
        return [*_gap(lines, at - 1), *rows, *_gap(lines, end)], end
    body, end = _body(lines, at)
    if unseen := next(
        filter(None, (mark.match(line) for mark in (_LABEL, _TARGET, _COMMENT))), None
    ):
        return [], end if unseen.re is _COMMENT else at + 1
    if directive := _DIRECTIVE.match(line):
        made = _directive(directive, body, levels, targets)
        if made is None:
            return lines[at:end], end
        return [f"{directive[1]}{each}".rstrip() for each in made], end
    if field := _FIELD.match(line):
        said = [f"**{field[2]}**: {field[3] or ''}".rstrip(), *_dedented(body)]
        item = "\n".join(_blocks(said, levels, targets))
        return [f"{field[1]}- {textwrap.indent(item, field[1] + '  ').lstrip()}"], end
    if line.rstrip().endswith("::") and body and not body[0].strip():
        return _code_below(_inline(_before_code(line), targets), body, _indent(line)), end
    line, end = _closed(lines, at)
    return [_inline(_AUTO_NUMBER.sub(r"\g<1>1.", line), targets)], end


def _closed(lines: Lines, at: int) -> tuple[str, int]:
    """(the line, with those below it in which the link or role ends that it begins, where the
    next line is)."""
    line = lines[at]
    for end in range(at + 1, min(len(lines), at + _MOST_CLOSING) + 1):
        if not _OPEN.search(_SPANS.sub("", line)):
            return line, end
        below = lines[end].rstrip() if end < len(lines) else ""
        if not below.strip() or below.endswith("::") or _BEGINS.match(below):
            break
        line = f"{line.rstrip()} {below.strip()}"
    return lines[at], at + 1


def _gap(lines: Lines, at: int) -> list[str]:
    """An empty line, where that one, right beside a table, is none."""
    return [""] if 0 <= at < len(lines) and lines[at].strip() else []


def _heading(kind: str, text: str, levels: list[str]) -> str:
    if kind not in levels:
        levels.append(kind)
    return f"{'#' * min(6, levels.index(kind) + 1)} {text}"


def _code_below(text: str, body: Lines, indent: str) -> list[str]:
    fence = textwrap.indent("\n".join(_fenced(body, "")), indent)
    return [*((text, "") if text else ()), *fence.split("\n")]


def _title(lines: Lines, at: int) -> tuple[str, str, int] | None:
    """(kind, text, number of lines) of the title that begins there."""
    over, title, under = (*lines[at : at + 3], "", "", "")[:3]
    if over.rstrip() == under.rstrip() and _is_title(title, under):
        return under[0] * 2, title, 3
    if _is_title(over, title) and (at == 0 or not lines[at - 1].strip()):
        return title[0], over, 2
    return None


def _is_title(line: str, under: str) -> bool:
    if not line.strip() or _ADORNMENT.match(line) or not _ADORNMENT.match(under):
        return False
    return len(under.rstrip()) >= len(line.strip()) + sum(map(is_wide, line.strip()))


def _body(lines: Lines, at: int) -> tuple[list[str], int]:
    """(the lines that are indented below that line, where they end); blank lines behind them are
    not theirs."""
    least = len(_indent(lines[at]))
    end = last = at + 1
    while end < len(lines) and (not lines[end].strip() or len(_indent(lines[end])) > least):
        end += 1
        last = end if lines[end - 1].strip() else last
    return list(lines[at + 1 : last]), last


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _directive(
    found: re.Match[str], body: list[str], levels: list[str], targets: Mapping[str, str]
) -> list[str] | None:
    """Its lines, not indented; None where it stays as written."""
    name, argument = found[2].split(":")[-1], (found[3] or "").strip()
    content = _dedented(_without_options(body))
    if name in _TABLES:
        rows = _blocks(content, levels, targets) if name == "table" else _rows(name, body, targets)
        return _below_caption(_inline(argument, targets), list(rows))
    if name in ("image", "figure"):
        alt = next((m[1] for m in map(_ALT.match, body) if m), "")
        return [f"![{alt}]({argument})", "", *_blocks(content, levels, targets)]
    if name in _OBJECTS and not (name == "class" and _is_style(argument, body)):
        more = [each.strip() for each in _continued(body)]
        whole = "\n".join(each for each in (argument, *more) if each).replace("\\\n", "")
        signatures = [f"**`{each}`**" for each in whole.split("\n") if each]
        below = _dedented(_without_options(body[len(more) :]))
        return ["", *"\n\n".join(signatures).split("\n"), "", *_blocks(below, levels, targets)]
    if name in _ADMONITIONS:
        label = _LABELS.get(name, name.capitalize())
        head = f"{label} {argument}".strip() if name in _LABELS else f"{label}:"
        said = [] if name in _LABELS or not argument else [argument]
        return [f"**{_inline(head, targets)}**", *_blocks([*said, *content], levels, targets)]
    return _literal(name, argument, content) or _other(name, argument, content, levels, targets)


def _literal(name: str, argument: str, content: Lines) -> list[str] | None:
    """Of those whose content is no text of the page."""
    if name in _SILENT:
        return [""]
    if name in _CODE:
        return _fenced(content, argument)
    if name == "math":
        return ["$$", *filter(None, [argument]), *_trimmed(content), "$$"]
    return [*_pages(argument, content), ""] if name == "toctree" else None


def _other(
    name: str, argument: str, content: Lines, levels: list[str], targets: Mapping[str, str]
) -> list[str] | None:
    """Of those that are not known."""
    if name == "class" and not "".join(content).strip():
        return [""]
    if name == "raw" or not "".join(content).strip():
        return None
    head = [f"**{_inline(argument, targets)}**", ""] if argument and name not in _UNNAMED else []
    return [*head, *_blocks(content, levels, targets)]


def _pages(argument: str, entries: Lines) -> Iterator[str]:
    """The pages that a table of contents names, as links; `self` is none, patterns are text."""
    for entry in filter(None, map(str.strip, [argument, *entries])):
        named = _ENTRY.match(entry)
        title, url = (named[1], named[2]) if named else (entry, entry)
        if entry != "self":
            yield f"- {title}" if "*" in url else f"- [{title}]({url})"


def _rows(name: str, body: list[str], targets: Mapping[str, str]) -> Iterator[str]:
    """The table that the directive writes; nothing where it cannot be read."""
    found = tables.list_table(body) if name == "list-table" else tables.csv_table(body)
    return (_inline(each, targets) for each in found or ())


def _below_caption(caption: str, rows: list[str]) -> list[str] | None:
    said = [caption, ""] if caption else []
    return [*said, *rows, ""] if rows else None


def _is_style(argument: str, body: Lines) -> bool:
    """Whether `class` says how what follows is to look, and describes none."""
    if not _CLASS.match(argument):
        return True
    return argument.islower() and argument.isidentifier() and not body


def _continued(body: list[str]) -> list[str]:
    """Further signatures, straight below the first."""
    end = next((n for n, each in enumerate(body) if not each.strip() or _OPTION.match(each)), 0)
    return body[:end]


def _without_options(body: list[str]) -> list[str]:
    """Options stand before the first blank line."""
    head = next((n for n, each in enumerate(body) if not each.strip()), len(body))
    return [each for n, each in enumerate(body) if n >= head or not _OPTION.match(each)]


def _dedented(lines: Lines) -> list[str]:
    return textwrap.dedent("\n".join(lines)).split("\n") if lines else []


def _trimmed(lines: Lines) -> list[str]:
    return "\n".join(lines).strip("\n").split("\n")


def _fenced(lines: Lines, language: str) -> list[str]:
    body = _trimmed(_dedented(lines))
    fence = "`" * max(3, *(len(run) + 1 for each in body for run in re.findall("`{3,}|$", each)))
    return [f"{fence}{language}", *body, fence]


def _before_code(line: str) -> str:
    """`text::` says `text:`, `text ::` and `::` alone nothing of the colons."""
    text = line.rstrip()[:-2]
    return text.rstrip() if not text.strip() or text.endswith(" ") else f"{text}:"


def _inline(line: str, targets: Mapping[str, str]) -> str:
    """Roles and links; what stands in code spans stays."""
    if "`" not in line:
        return line
    parts = _CODE_SPAN.split(line)
    return "".join(each if n % 2 else _marks(each, targets) for n, each in enumerate(parts))


def _marks(text: str, targets: Mapping[str, str]) -> str:
    def reference(match: re.Match[str]) -> str:
        url = targets.get(match[1].lower())
        return f"[{match[1]}]({url})" if url else match[1]

    text = _LINK.sub(lambda m: f"[{m[1].strip() or m[2]}]({m[2]})", _ROLE.sub(_role, text))
    return _REFERENCE.sub(reference, text)


def _role(match: re.Match[str]) -> str:
    role, said = match[1].split(":")[-1], match[2]
    if role == "doc":
        page = _ENTRY.match(said)
        return f"[{page[1]}]({page[2]})" if page else f"[{said}]({said})"
    if named := _NAMED.match(said):
        said = named[1].strip()
    elif said.startswith("~"):
        said = said[1:].rpartition(".")[2]
    said = said.lstrip("!~")
    if role in _NUMBERED_ROLES:
        return f"{_NUMBERED_ROLES[role]} {said}"
    return said if role in _PROSE_ROLES else f"${said}$" if role == "math" else f"`{said}`"
