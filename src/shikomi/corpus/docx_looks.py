"""What a Word document tells by its looks alone: code by its font, deeper lists by their styles'
names, and the lines of a table of contents, which say again what the headings say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from shikomi.corpus import docx_xml
from shikomi.corpus.docx_xml import Element, W

_CODE, _CODE_RUN, _LIST = "ShikomiCode", "ShikomiCodeRun", "ShikomiList"
_MONOSPACED = re.compile(
    r"courier|consolas|menlo|monaco|\bmono|monospace|lucida console|andale|inconsolata|"
    r"source code|fira code|cascadia|terminal\b|typewriter",
    re.IGNORECASE,
)
_CODE_NAME = re.compile(
    r"(?:source )?code(?: block| text)?|verbatim|listing|preformatted(?: text)?|html preformatted|"
    r"source|コード|ソースコード",
    re.IGNORECASE,
)
_CONTENTS_NAME = re.compile(r"(?:toc|contents|目次)\s*(?:\d|heading|の見出し)", re.IGNORECASE)
_LIST_NAME = re.compile(r"list (bullet|number) ([2-5])", re.IGNORECASE)
_MOST_CODE = 0.6  # of the text: in more it tells nothing

STYLE_MAP = "\n".join(
    [
        f"p.{_CODE} => pre:separator('\\n')",
        f"r.{_CODE_RUN} => code",
        *(
            f"p.{_LIST}{kind}{depth} => {'ul|ol > li > ' * (depth - 1)}{kind} > li:fresh"
            for kind in ("ul", "ol")
            for depth in range(2, 6)
        ),
    ]
)


@dataclass(frozen=True, slots=True)
class Looks:
    """What the styles say, by their ids: which set code, which make lists and how deep
    ("ul2"), which are those of a table of contents."""

    code: frozenset[str]
    lists: Mapping[str, str]
    contents: frozenset[str]


def looks(styles: Element | None) -> Looks:
    found = docx_xml.styles_by_id(styles)
    names = {style: docx_xml.value(each, "name") for style, each in found.items()}
    matches = {style: _LIST_NAME.fullmatch(name) for style, name in names.items()}
    return Looks(
        code=frozenset(style for style in found if _is_code(style, found)),
        lists={
            style: f"{'ul' if match[1].lower() == 'bullet' else 'ol'}{match[2]}"
            for style, match in matches.items()
            if match
        },
        contents=frozenset(s for s, name in names.items() if _CONTENTS_NAME.fullmatch(name)),
    )


def _is_code(style: str, found: Mapping[str, Element]) -> bool:
    """By its name, else by its font or that of the style it is based on."""
    for element in docx_xml.lineage(style, found):
        if _CODE_NAME.fullmatch(docx_xml.value(element, "name")):
            return True
        if font := _font(element):
            return bool(_MONOSPACED.search(font))
    return False


def _font(element: Element) -> str:
    fonts = element.find(f"{W}rPr/{W}rFonts")
    return "" if fonts is None else fonts.get(f"{W}ascii") or fonts.get(f"{W}hAnsi") or ""


def adapt(root: Element, seen: Looks) -> None:
    """Give the paragraphs and runs of a part's tree the names that `STYLE_MAP` knows."""
    runs = [run for run in root.iter(f"{W}r") if docx_xml.text(run).strip()]
    code = {run for run in runs if _is_code_run(run, seen)}
    n_chars = sum(len(docx_xml.text(run)) for run in runs)
    if sum(len(docx_xml.text(run)) for run in code) > _MOST_CODE * n_chars:
        code = set()
    for paragraph in root.iter(f"{W}p"):
        style = docx_xml.value(paragraph, f"pPr/{W}pStyle")
        if style in seen.contents:
            _empty(paragraph)
        elif style in seen.lists:
            docx_xml.set_style(paragraph, "p", f"{_LIST}{seen.lists[style]}")
        _mark(paragraph, code, seen)


def _is_code_run(run: Element, seen: Looks) -> bool:
    font = _font(run)
    if font:
        return bool(_MONOSPACED.search(font))
    own = docx_xml.value(run, f"rPr/{W}rStyle")
    paragraph = next(run.iterancestors(f"{W}p"), None)
    above = "" if paragraph is None else docx_xml.value(paragraph, f"pPr/{W}pStyle")
    return own in seen.code or above in seen.code


def _empty(paragraph: Element) -> None:
    """Its fields stay, for they may go on in other paragraphs."""
    for text in [*paragraph.iter(f"{W}t", f"{W}tab")]:
        text.getparent().remove(text)


def _mark(paragraph: Element, code: set[Element], seen: Looks) -> None:
    """A paragraph of code, unless it is a list's item or a table's cell, else its runs of code."""
    runs = [run for run in paragraph.iter(f"{W}r") if docx_xml.text(run).strip()]
    ours = [run for run in runs if run in code]
    listed = paragraph.find(f"{W}pPr/{W}numPr") is not None
    cell = next(paragraph.iterancestors(f"{W}tc"), None) is not None
    styled = docx_xml.value(paragraph, f"pPr/{W}pStyle").startswith((_LIST, "Heading"))
    if ours and len(ours) == len(runs) and not (listed or cell or styled):
        docx_xml.set_style(paragraph, "p", _CODE)
        return
    for run in ours:
        docx_xml.set_style(run, "r", _CODE_RUN)
