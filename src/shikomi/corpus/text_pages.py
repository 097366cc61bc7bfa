"""Text laid out for a printer as running text: without the marks of bold type, page breaks, and
what stands at the head and foot of every page."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

Lines = list[str]

_COLOURS = re.compile(r"\x1b\[[0-9;]*[mK]")
_STRUCK = re.compile(r"[^\n]\x08")  # a letter struck twice is bold, one on `_` underlined
_NUMBER = re.compile(r"\b(?:\d{1,5}|[ivxlc]{1,7})\b", re.IGNORECASE)
_FOOT = re.compile(r"\S.*\s\[Page (?:\d{1,5}|[ivxlc]{1,7})\]\s*$|\s*\[Page \d{1,5}\]\s*$")
_PAGE_LINES = 66  # of a line printer, where no page break is marked
_LEAST_PAGES = 3
_RUNNING_SHARE = 0.4  # of the pages: those on left and right pages may differ
_ENDED = re.compile(r"[.:!?。．：！？」）)]\s*$")
_ITEM = re.compile(r"\s*(?:[-*+o•・●○■◆]\s|[(（]?\w{1,4}[.)）]\s|\d+(?:\.\d+)+\.?\s|第\d+[章節条])")


def as_one(text: str) -> str:
    """`text`, with LF line ends, as one page of any length."""
    while _STRUCK.search(text):
        text = _STRUCK.sub("", text)
    lines = _COLOURS.sub("", text).split("\n")
    for cut in (_at_form_feeds, _at_feet, _at_every_66th):
        pages = [page for page in cut(lines) if any(map(str.strip, page))]
        kept = _without_running(pages) if len(pages) >= _LEAST_PAGES else pages
        if kept != pages or (cut is _at_form_feeds and len(pages) > 1):
            return "\n".join(_joined(kept)) + "\n"
    return "\n".join(lines).replace("\f", "")


def _at_form_feeds(lines: Lines) -> Iterator[Lines]:
    return (page.split("\n") for page in "\n".join(lines).split("\f"))


def _at_feet(lines: Lines) -> Iterator[Lines]:
    """Behind each line that ends in `[Page 7]`."""
    start = 0
    for at, line in enumerate(lines, start=1):
        if _FOOT.match(line):
            yield lines[start:at]
            start = at
    yield lines[start:]


def _at_every_66th(lines: Lines) -> Iterator[Lines]:
    """Where nothing stands at the edges that would cut."""
    pages = [lines[at : at + _PAGE_LINES] for at in range(0, len(lines), _PAGE_LINES)]
    clear = all(not page[0].strip() and not page[-1].strip() for page in pages[1:-1])
    return iter(pages if clear else [lines])


def _without_running(pages: Sequence[Lines]) -> list[Lines]:
    """The pages without a first and last line that says the same, but for the page's number, as
    those of many others."""
    kept = [list(page) for page in pages]
    least = max(_LEAST_PAGES, _RUNNING_SHARE * len(pages))
    for end in (_first, _last):
        edges = [end(page) for page in kept]
        keys = [_keys(page[at], n) for n, (page, at) in enumerate(zip(kept, edges, strict=True))]
        counts = Counter(key for of_page in keys for key in of_page)
        for page, at, of_page in zip(kept, edges, keys, strict=True):
            if any(counts[key] >= least for key in of_page):
                del page[at]
    return kept


def _first(page: Lines) -> int:
    return next(at for at, line in enumerate(page) if line.strip())


def _last(page: Lines) -> int:
    return next((at for at in reversed(range(len(page))) if page[at].strip()), 0)


def _keys(line: str, page: int) -> set[str]:
    """The words in any order, for left and right pages; and so with a number as how far it is
    from the page's."""
    found = {_words(line)} - {""}
    for number in _NUMBER.finditer(line):
        away = int(number[0]) - page if number[0].isdigit() else "i"
        found.add(_words(f"{line[: number.start()]}#{away}{line[number.end() :]}"))
    return found


def _words(line: str) -> str:
    return " ".join(sorted(line.split()))


def _joined(pages: Sequence[Lines]) -> Iterator[str]:
    """The pages' lines; a sentence goes on over the end of a page, what is ended does not."""
    last = ""
    for page in pages:
        body = _stripped(page)
        if body and last and not _goes_on(last, body[0]):
            yield ""
        yield from body
        last = body[-1] if body else last


def _stripped(page: Lines) -> Lines:
    shown = [at for at, line in enumerate(page) if line.strip()]
    return [line.rstrip() for line in page[shown[0] : shown[-1] + 1]] if shown else []


def _goes_on(line: str, following: str) -> bool:
    same = _indent(line) == _indent(following)
    return same and not _ENDED.search(line) and not _ITEM.match(following)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
