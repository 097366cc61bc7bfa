"""Memory that one page of a given size takes, by the kind of its file.

    python benchmarks/memory.py [--json] [--mb 60] [--kinds prose,cells,...]

Each made-up page is converted in a process of its own, as `shikomi convert` does it, and
`peak_mb` is the most that this process held, of which `start_mb` are held before the page is
read; `reader_mb` is that of the child that reads a PDF. `error` is what was said of a page that
was refused. Seconds are of the CPU.
"""

import argparse
import io
import json
import multiprocessing
import resource
import time
import zipfile
from collections.abc import Callable
from functools import partial

from shikomi.corpus import formats
from shikomi.errors import SourceError

SENTENCE = "The keeper writes the number of ships that have passed the lamp into his book. "
JAPANESE = "灯台守は、灯りの前を通った船の数を毎晩帳面に書き留める。"
CELL = "<tr><td>{}</td><td>ab</td></tr>\n"
TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
WORDS = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MAX_MB_PACKED = 90  # of a Word document's text, which is packed to far less


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--mb", type=int, default=60)
    parser.add_argument("--kinds", type=lambda text: text.split(","), default=list(KINDS))
    options = parser.parse_args()
    found = {kind: measured(kind, options.mb << 20) for kind in options.kinds}
    if options.json:
        print(json.dumps(found, indent=1))
    else:
        for kind, row in found.items():
            print(f"{kind:10}", " ".join(f"{key} {value}" for key, value in row.items()))


def measured(kind: str, size: int) -> dict[str, object]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_convert, args=(theirs, kind, size))
    child.start()
    found = ours.recv()
    child.join()
    return found


def _convert(answer, kind: str, size: int) -> None:
    name, make = KINDS[kind]
    data = make(size)
    start = _peak_mb(resource.RUSAGE_SELF)
    began, error, n_characters = time.process_time(), "", 0
    try:
        n_characters = len(formats.convert(data, path=name).markdown)
    except SourceError as why:
        error = str(why)
    seconds = time.process_time() - began
    peak = _peak_mb(resource.RUSAGE_SELF)
    formats.isolation._child.end()  # its memory is counted once it has ended
    row = {"mb": round(len(data) / (1 << 20), 1), "start_mb": start, "peak_mb": peak}
    reader = {"reader_mb": _peak_mb(resource.RUSAGE_CHILDREN)} if kind == "pdf" else {}
    last = {"error": error} if error else {"characters": n_characters}
    answer.send(row | reader | {"seconds": round(seconds, 1)} | last)


def _peak_mb(who: int) -> int:
    return resource.getrusage(who).ru_maxrss >> 10


def repeated(piece: str, size: int, *, encoding: str = "utf-8", before: str = "") -> bytes:
    data = piece.encode(encoding)
    return before.encode(encoding) + data * (size // len(data))


def cells(size: int) -> bytes:
    """As many tags as a page may have, in as many bytes."""
    row = CELL.format("x" * (size // 830_000))
    return b"<table>" + repeated(row, min(size, len(row) * 830_000))


def docx(size: int) -> bytes:
    text = f"<w:p><w:r><w:t>{SENTENCE}</w:t></w:r></w:p>" * (
        min(size, MAX_MB_PACKED << 20) // (len(SENTENCE) + 38)
    )
    kind = f'<Override PartName="/word/document.xml" ContentType="{TYPES}"/>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">{kind}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r"'
        f' Type="{OFFICE}" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f"<w:document {WORDS}><w:body>{text}</w:body></w:document>",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return packed.getvalue()


def pdf(size: int) -> bytes:
    """Pages of text, not packed."""
    line = f"({SENTENCE}) Tj 0 -12 Td\n".encode()
    drawing = b"BT /F 10 Tf 30 760 Td\n" + line * 60 + b"ET\n"
    n_pages = max(1, size // len(drawing))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    objects.append(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
    for n in range(n_pages):
        page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents %d 0 R"
        objects.append(page % (5 + 2 * n) + b"/Resources<</Font<</F 3 0 R>>>>>>")
        own = drawing.replace(b"keeper", b"keeper %d" % n)
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(own), own))
    kids = b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(n_pages))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (n_pages, kids)
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.4\n")
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    at = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer<</Size %d/Root 1 0 R>>\n" % (len(objects) + 1))
    out.write(b"startxref\n%d\n%%%%EOF\n" % at)
    return out.getvalue()


Make = Callable[[int], bytes]
KINDS: dict[str, tuple[str, Make]] = {
    "prose": ("a.html", partial(repeated, f"<p>{SENTENCE * 5}</p>\n")),
    "japanese": ("a.html", partial(repeated, f"<p>{JAPANESE * 5}</p>\n", encoding="cp932")),
    "lines": ("a.html", partial(repeated, f"{SENTENCE}<br>\n")),
    "code": ("a.html", partial(repeated, f"{SENTENCE}\n", before="<pre>")),
    "cells": ("a.html", cells),
    "markdown": ("a.md", partial(repeated, f"## Lamp\n\n{SENTENCE}[a](b.md)\n\n")),
    "text": ("a.txt", partial(repeated, f"{SENTENCE}\n")),
    "rst": ("a.rst", partial(repeated, f"Lamp\n====\n\n{SENTENCE}\n\n::\n\n  code\n\n")),
    "docx": ("a.docx", docx),
    "pdf": ("a.pdf", pdf),
}

if __name__ == "__main__":
    main()
