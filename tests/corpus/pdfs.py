"""PDFs written by hand: enough of ISO 32000 for pages of text, an outline and a title."""

import zlib

RADICALS = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CMapName /X def 1 begincodespacerange <00> <FF> endcodespacerange
3 beginbfchar <41> <FB01> <42> <2F42> <43> <006E> endbfchar endcmap end end"""
FONTS = {
    "text": b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    "bold": b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>",
    "code": b"<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>",
}
JAPANESE = {"japanese": b"90ms-RKSJ-H", "vertical": b"90ms-RKSJ-V"}


def line(text, x, y, size=10, font="text"):
    """One line of a page's drawing."""
    encoding = "cp932" if font in JAPANESE else "cp1252"
    hexadecimal = text.encode(encoding).hex().encode()
    return b"BT /%s %g Tf %g %g Td <%s> Tj ET\n" % (font.encode(), size, x, y, hexadecimal)


def lines(*texts, x=50, y=700, size=10, pitch=12, font="text"):
    """Lines below each other."""
    return b"".join(line(t, x, y - i * pitch, size, font) for i, t in enumerate(texts))


def pdf(*pages, outline=(), title="", encrypted=False, packed=0):
    """A PDF of pages drawn so. `outline`: (title, page or None, y, level) each; `packed`: how many
    times the drawings are compressed."""
    file = File()
    catalog, tree = file.add(b""), file.add(b"")
    fonts = b"".join(b"/%s %d 0 R" % (n.encode(), number) for n, number in file.fonts().items())
    kids = [file.page(tree, drawing, fonts, packed) for drawing in pages]
    references = b" ".join(b"%d 0 R" % kid for kid in kids)
    file.objects[tree - 1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), references)
    root = file.outline(outline, kids)
    entry = b"/Outlines %d 0 R" % root if root else b""
    file.objects[catalog - 1] = b"<</Type/Catalog/Pages %d 0 R%s>>" % (tree, entry)
    info = file.add(b"<</Title %s>>" % text_string(title))
    return file.whole(info, encrypted)


def nested_forms(depth=12, times=10):
    """A page that draws a form ten times, which draws another one ten times, and so on."""
    file = File()
    catalog, tree = file.add(b""), file.add(b"")
    fonts = b"/Font<</text %d 0 R>>" % file.add(FONTS["text"])
    keys = b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<<%s>>"
    form = file.stream(line("deep", 50, 700), keys % fonts)
    for _ in range(depth):
        form = file.stream(b"/F Do " * times, keys % (b"/XObject<</F %d 0 R>>" % form))
    drawn = file.stream(b"/F Do ")
    page = file.add(
        b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 600 800]/Resources<</XObject<</F %d 0 R>>>>"
        b"/Contents %d 0 R>>" % (tree, form, drawn)
    )
    file.objects[tree - 1] = b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % page
    file.objects[catalog - 1] = b"<</Type/Catalog/Pages %d 0 R>>" % tree
    return file.whole(file.add(b"<<>>"), encrypted=False)


def text_string(text):
    return b"<%s>" % (b"\xfe\xff" + text.encode("utf-16-be")).hex().encode()


class File:
    def __init__(self):
        self.objects = []

    def add(self, content):
        self.objects.append(content)
        return len(self.objects)

    def stream(self, content, keys=b""):
        return self.add(b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), keys, content))

    def fonts(self):
        found = {name: self.add(content) for name, content in FONTS.items()}
        names = self.stream(RADICALS)
        found["radicals"] = self.add(FONTS["text"][:-2] + b"/ToUnicode %d 0 R>>" % names)
        for name, encoding in JAPANESE.items():
            found[name] = self.japanese(encoding)
        return found

    def japanese(self, encoding):
        metrics = self.add(
            b"<</Type/FontDescriptor/FontName/HeiseiMin-W3/Flags 6/FontBBox[0 -200 1000 900]"
            b"/ItalicAngle 0/Ascent 800/Descent -200/CapHeight 800/StemV 80>>"
        )
        system = b"<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>"
        below = self.add(
            b"<</Type/Font/Subtype/CIDFontType0/BaseFont/HeiseiMin-W3/DW 1000"
            b"/CIDSystemInfo%s/FontDescriptor %d 0 R>>" % (system, metrics)
        )
        return self.add(
            b"<</Type/Font/Subtype/Type0/BaseFont/HeiseiMin-W3/Encoding/%s"
            b"/DescendantFonts[%d 0 R]>>" % (encoding, below)
        )

    def page(self, tree, drawing, fonts, packed):
        for _ in range(packed):
            drawing = zlib.compress(drawing)
        drawn = self.stream(drawing, b"/Filter[%s]" % (b"/FlateDecode" * packed) if packed else b"")
        return self.add(
            b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 600 800]/Resources<</Font<<%s>>>>"
            b"/Contents %d 0 R>>" % (tree, fonts, drawn)
        )

    def outline(self, entries, kids):
        """The outline's root; each entry's level is at most one more than that before it."""
        if not entries:
            return 0
        first = len(self.objects) + 2
        levels = [-1, *(level for *_, level in entries)]
        root = self.add(b"<</First %d 0 R>>" % first)
        for i, (title, page, y, level) in enumerate(entries):
            later = range(i + 1, len(entries))
            inside = next((j for j in later if levels[j + 1] <= level), len(entries))
            following = inside if inside < len(entries) and levels[inside + 1] == level else None
            content = b"/Title %s" % text_string(title)
            if page is not None:
                content += b"/Dest[%d 0 R/XYZ 0 %g 0]" % (kids[page], y)
            if following is not None:
                content += b"/Next %d 0 R" % (first + following)
            if i + 1 < inside:
                content += b"/First %d 0 R" % (first + i + 1)
            self.add(b"<<%s>>" % content)
        return root

    def whole(self, info, encrypted):
        lock = b""
        if encrypted:
            secret = b"/V 1/R 2/P -4/O<%s>/U<%s>" % (b"11" * 32, b"22" * 32)
            lock = b"/Encrypt %d 0 R/ID[<00><00>]" % self.add(b"<</Filter/Standard%s>>" % secret)
        out, places = b"%PDF-1.4\n", []
        for number, content in enumerate(self.objects, start=1):
            places.append(len(out))
            out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
        table = b"".join(b"%010d 00000 n \n" % place for place in places)
        size = len(places) + 1
        trailer = b"trailer\n<</Size %d/Root 1 0 R/Info %d 0 R%s>>\n" % (size, info, lock)
        start = b"startxref\n%d\n%%%%EOF" % len(out)
        return out + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer + start
