"""Manual pages (roff with the macros of man and mdoc) as Markdown: title, headings, code blocks and
the text, without font changes, definitions of macros and what is for other output than text."""

import re
from collections.abc import Iterator, Sequence

Lines = Sequence[str]

_NAME = re.compile(r"\.[1-9][a-z]{0,8}$", re.IGNORECASE)
_START = re.compile(rb"^\.(?:TH|Dd)[ \t]", re.MULTILINE)
_START_WITHIN_BYTES = 32_768  # what Perl writes before its title has 5,000
_REQUEST = re.compile(r"[.'][ \t]*([A-Za-z]{1,2})(?:[ \t]+(.*))?$")
_COMMENT = re.compile(r"[.']?[ \t]*\\\"|[.'][ \t]*$")
_CONDITION = re.compile(r"[.'][ \t]*(if|ie|el)[ \t]*(.*)$")
_TEST = re.compile(r"(!?[nt]|\([^ ]*\)|[^ ]+?)(?:[ \t]+|(?=\\\{))")
_DEFINITION = re.compile(r"[.'][ \t]*(?:de|ig|am)\b")
_ARGUMENT = re.compile(r'"((?:[^"]|"")*)"?|((?:\\.|[^\s\\])+)')
_TAG = re.compile(r"(?<!\\)<(?=[A-Za-z/!?])")
_ESCAPE = re.compile(
    r"\\(?:\".*|f(?:\(..|\[[^\]]*\]|.)|[mF]\[[^\]]*\]|s[+-]?\d{1,2}|[hvw]'[^']*'"
    r"|\*(?:\((?P<string>..)|\[(?P<long>[^\]]*)\]|.)|\((?P<two>..)|\[(?P<any>[^\]]*)\]|(?P<one>.)|$)"
)
_HEADINGS = {"SH": "##", "Sh": "##", "SS": "###", "Ss": "###"}
_TITLES = ("TH", "Dt")
_CODE_BEGINS = frozenset({"nf", "EX", "Vb", "CS", "TS"})
_CODE_ENDS = frozenset({"fi", "EE", "Ve", "CE", "TE"})
_GAPS = frozenset({"PP", "LP", "P", "Pp", "TP", "HP", "sp", "Sp"})
_ITEMS = frozenset({"IP", "It"})
_JOINED = frozenset({"BR", "RB", "IR", "RI", "BI", "IB"})  # fonts in turn, without spaces
_SILENT = frozenset(
    {"Dd", "Os", "br", "RS", "RE", "Bl", "El", "ad", "na", "hy", "nh", "ft", "IX", "ds", "nr", "rr",
     "tr", "ne", "ll", "in", "ti", "PD", "DT", "hw", "tm", "so", "UC"}
)  # fmt: skip
_BULLETS = ("•", "*", "o", "·", "-")
_NOTHING = ",/&|^!%:){}c"
_ONE = {"e": "\\", "~": " ", "0": " ", " ": " ", "t": "\t", "\\": "\\"}
_STRINGS = {'L"': '"', 'R"': '"', "lq": '"', "rq": '"', "--": "--", "PI": "pi", "C+": "C++",
            "Aq": "'", "R": "®"}  # fmt: skip
_CHARS = {
    "bu": "•", "aq": "'", "dq": '"', "lq": "“", "rq": "”", "oq": "‘", "cq": "’", "em": "—",
    "en": "–", "hy": "-", "mi": "−", "co": "©", "rg": "®", "tm": "™", "rs": "\\", "ti": "~",
    "ha": "^", "ga": "`", "aa": "´", "at": "@", "sh": "#", "Do": "$", "ba": "|", "bv": "|",
    "or": "|", "lB": "[", "rB": "]", "lC": "{", "rC": "}", "la": "⟨", "ra": "⟩", "->": "→",
    "<-": "←", "<=": "≤", ">=": "≥", "!=": "≠", "+-": "±", "mu": "×", "di": "÷", "de": "°",
    "sc": "§", "ss": "ß", "Fo": "«", "Fc": "»", ":a": "ä", ":o": "ö", ":u": "ü", ":A": "Ä",
    ":O": "Ö", ":U": "Ü", "'e": "é", "'E": "É", "`e": "è", "'a": "á", "'o": "ó", "~n": "ñ",
    "oA": "Å", "oa": "å", "/o": "ø", ",c": "ç", "Eu": "€", "12": "½", "14": "¼",
    "pl": "+", "eq": "=",
}  # fmt: skip


def is_manual_page(path: str, data: bytes) -> bool:
    """Whether it is a page for `man`: named as in `ls.1` or `open.3perl`, and with its title."""
    return bool(_NAME.search(path) and _START.search(data[:_START_WITHIN_BYTES]))


def to_markdown(lines: Lines) -> Iterator[str]:
    """The page's lines as Markdown."""
    inside = False  # of code
    bullet = ""
    for line in _said(_after_preamble(lines)):
        request = _REQUEST.match(line)
        name, rest = (request[1], request[2] or "") if request else ("", line)
        if inside and (name in _CODE_ENDS or name in _HEADINGS):
            inside = False
            yield "```"
        if name in _CODE_BEGINS and not inside:
            inside = True
            yield "```"
        elif inside:
            yield from _code(name, rest)
        elif name in _ITEMS and _plain(_first(rest)).strip() in _BULLETS:
            bullet = "- "
            yield ""
        else:
            for text in _prose(name, rest):
                yield f"{bullet}{text}" if text else ""
                bullet = "" if text else bullet
    if inside:
        yield "```"


def _after_preamble(lines: Lines) -> Lines:
    """From the title on: what stands before defines macros."""
    starts = (n for n, line in enumerate(lines) if line.startswith((".TH", ".Dd")))
    return lines[next(starts, 0) :]


def _said(lines: Lines) -> Iterator[str]:
    """The lines that a terminal shows: no comments, no definitions, and of conditions what holds
    for text."""
    left_out, holds = 0, True
    for line in _undefined(lines):
        if left_out:
            left_out += line.count("\\{") - line.count("\\}")
        elif condition := _CONDITION.match(line):
            kind, rest = condition[1], condition[2]
            holds, rest = (not holds, rest) if kind == "el" else _tested(rest)
            if not holds:
                left_out = max(0, rest.count("\\{") - rest.count("\\}"))
            elif shown := rest.replace("\\{", "").replace("\\}", "").strip("\\ \t"):
                yield shown
        elif not _COMMENT.match(line):
            yield from _without_brace(line)


def _undefined(lines: Lines) -> Iterator[str]:
    """Without what stands between a macro's name and `..`."""
    defining = False
    for line in lines:
        if defining:
            defining = not line.startswith("..")
        elif _DEFINITION.match(line):
            defining = True
        else:
            yield line


def _without_brace(line: str) -> Iterator[str]:
    """Without the end of a condition; nothing, where a line holds that alone."""
    shown = line.replace("\\}", "") if line.startswith((".", "'", "\\}")) else line
    if shown == line or shown.strip(".' \t"):
        yield shown


def _tested(rest: str) -> tuple[bool, str]:
    """(whether the condition holds for text, what stands behind it)."""
    test = _TEST.match(rest)
    return (test[1] in ("n", "!t"), rest[test.end() :]) if test else (False, rest)


def _code(name: str, rest: str) -> Iterator[str]:
    if not name:
        yield _plain(rest)
    elif name in _JOINED:
        yield _plain("".join(_arguments(rest)))
    elif rest and name not in _SILENT and name not in _GAPS and name not in _CODE_BEGINS:
        yield _plain(" ".join(_arguments(rest)))
    elif name in _GAPS:
        yield ""


def _prose(name: str, rest: str) -> Iterator[str]:
    if not name:
        yield _shown(rest)
    elif name in _TITLES:
        yield from _title(_arguments(rest))
    elif name in _HEADINGS:
        yield from ("", f"{_HEADINGS[name]} {_shown(' '.join(_arguments(rest)))}", "")
    elif name in _GAPS:
        yield ""
    elif name == "IP":
        yield from ("", _shown(_first(rest))) if rest else ("",)
    elif name == "It":
        yield from ("", _shown(" ".join(_arguments(rest)))) if rest else ("",)
    elif rest and name not in _SILENT and name not in _CODE_ENDS:
        yield _shown(("" if name in _JOINED else " ").join(_arguments(rest)))


def _title(arguments: Sequence[str]) -> Iterator[str]:
    """`LS(1)`, as pages are called; date, version and manual below it."""
    name, section, *others = (*map(_shown, arguments), "", "")
    yield from ("", f"# {name}({section})" if section else f"# {name}", "")
    if below := ", ".join(other for other in others if other):
        yield from (below, "")


def _first(rest: str) -> str:
    return next(iter(_arguments(rest)), "")


def _arguments(rest: str) -> list[str]:
    return [
        quoted.replace('""', '"') if quoted else plain
        for quoted, plain in _ARGUMENT.findall(rest.split('\\"')[0])
    ]


def _shown(text: str) -> str:
    """As prose: what looks like a tag would not be seen."""
    return _TAG.sub(r"\\<", _plain(text))


def _plain(text: str) -> str:
    return _ESCAPE.sub(_char, text)


def _char(match: re.Match[str]) -> str:
    """What an escape stands for; "" for a font and the like."""
    if (one := match["one"]) is not None:
        return "" if one in _NOTHING else _ONE.get(one, one)
    if (string := match["string"] or match["long"]) is not None:
        return _STRINGS.get(string, "")
    name = match["two"] or match["any"] or ""
    return _CHARS.get(name) or _unicode(name) or ""


def _unicode(name: str) -> str:
    code = re.fullmatch(r"u([0-9A-F]{4,6})", name)
    return chr(int(code[1], 16)) if code and int(code[1], 16) < 0x110000 else ""
