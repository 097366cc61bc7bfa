"""A website on loopback with the traps that old sites hold, and how a test fetches it.

What the pages tell of is made up: the handbook of a lighthouse.
"""

import gzip
import http.server
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from shikomi import crawl
from shikomi.crawl import Settings
from shikomi.store import Store
from shikomi.store import crawl as rows

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@dataclass
class Page:
    """`body` None: the connection is held open without end."""

    body: bytes | None = b""
    type: str | None = "text/html"
    status: int = 200
    headers: dict[str, str | bytes] = field(default_factory=dict)
    etag: str = ""


@dataclass(frozen=True)
class Asked:
    target: str
    headers: dict[str, str]
    at: float


class Website:
    """Serves `pages` by their target as it is asked for. `before` may answer in their place.

    After `refuse` it takes no connection any more and cuts those that there are.
    """

    def __init__(self, pages: dict[str, Page] | None = None, port: int = 0) -> None:
        self.pages = {} if pages is None else pages
        self.asked: list[Asked] = []
        self.before: Callable[[str], Page | None] = lambda target: None
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.site = self
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        self.end = threading.Event()
        self.down = False

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *error) -> None:
        self.end.set()
        self._server.shutdown()
        self._server.server_close()

    def refuse(self) -> None:
        self.down = True
        self._server.shutdown()
        self._server.server_close()

    def targets(self) -> list[str]:
        return [asked.target for asked in self.asked]

    def answer(self, target: str, headers: dict[str, str]) -> Page:
        self.asked.append(Asked(target, headers, time.monotonic()))
        page = self.before(target) or self.pages.get(target)
        if page is None:
            return Page(b"nothing here", status=404)
        if page.etag and headers.get("if-none-match") == page.etag:
            return Page(b"", status=304)
        return page


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64  # else a connection among eight at once may wait for a second

    def handle_error(self, *about) -> None:
        """A client that hangs up is what some tests are about."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        site = self.server.site
        headers = {name.lower(): value for name, value in self.headers.items()}
        page = site.answer(self.path, headers)
        if site.down:
            self.close_connection = True
            return
        self.send_response(page.status)
        for name, value in _headers(page).items():
            # http.server writes headers as Latin-1, which is every byte as it is.
            self.send_header(name, value.decode("latin-1") if isinstance(value, bytes) else value)
        self.end_headers()
        if page.body is None:
            self._drip(site.end)
        else:
            self.wfile.write(page.body)

    def _drip(self, end: threading.Event) -> None:
        self.close_connection = True
        while not end.wait(0.05):
            self.wfile.write(b"<p>.")

    def log_message(self, *about) -> None:
        pass


def _headers(page: Page) -> dict[str, str | bytes]:
    headers = {} if page.body is None else {"Content-Length": str(len(page.body))}
    if page.type is not None and page.status != 304:
        headers["Content-Type"] = page.type
    if page.etag:
        headers["ETag"] = page.etag
    return headers | page.headers


def html(text: str, encoding: str = "utf-8", *, head: str = "", label: bool = True) -> bytes:
    """A page; with a label that says its encoding or without."""
    names = {"cp932": "Shift_JIS", "euc_jp": "EUC-JP"}
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={names.get(encoding)}">'
    shown = meta if label and encoding in names else ""
    return f"<HTML><HEAD>{shown}{head}</HEAD><BODY>{text}</BODY></HTML>".encode(encoding)


def links(*hrefs: str, encoding: str = "utf-8", **about) -> Page:
    """A page of links, its text the address."""
    return Page(html("".join(f'<p><a href="{h}">{h}</a>' for h in hrefs), encoding, **about))


def moved(target: str | bytes, status: int = 301) -> Page:
    return Page(b"", status=status, headers={"Location": target})


def at(name: str, encoding: str = "utf-8") -> str:
    """The target that asks for a file name in an encoding."""
    return quote(name.encode(encoding), safe="/?=&%")


ROBOTS = """User-agent: *
Disallow: /private/
Disallow: /*?print=
Crawl-delay: 0.01
Sitemap: {base}/maps.xml
"""
JAPANESE = "灯台の手引きです。明かりを点ける前に、油の量を確かめてください。"


def trap_pages(base: str) -> dict[str, Page]:
    return {
        **_frame_pages(base),
        **_content_pages(),
        **_legacy_pages(),
        **_redirect_pages(),
        **_odd_pages(),
        **_sitemap_pages(base),
    }


def _frame_pages(base: str) -> dict[str, Page]:
    menu = f"""<h1>灯台</h1><h2>使い方</h2>
    <a href="guide.html">手引き</a> <a href="./parts/../lamp.html#wick">明かり</a>
    <a href="guide.html#top">上へ</a> <a href="guide.html?">同じ</a>
    <h2>部品</h2><a href="部品.html">部品</a> <a href="説明.html">説明</a>
    <a href="search.cgi?q=灯台">検索</a>
    <h2>他</h2><a href="page.cgi?print=1">print</a> <a href="private/keys.html">x</a>
    <a href="mailto:keeper@example.org">m</a> <a href="javascript:void(0)">j</a>
    <a href="http://example.invalid/x.html">ext</a> <a href="http://169.254.169.254/latest/">ll</a>
    <a href="notes.txt">txt</a> <a href="tools.zip">zip</a> <a href="get.cgi?tools">cgi</a>
    <a href="absent.html">404</a> <a href="busy.html">503</a> <a href="GUIDE.html">case</a>
    <a href="broken.html">500</a> <a href="{base}/absolute.html">abs</a>
    <a href="odd.html">odd</a> <a href="moves.html">moves</a>"""
    frames = '<FRAMESET COLS="20%,*"><FRAME SRC="menu.html" NAME="menu"><FRAME SRC="main.html">'
    return {
        "/robots.txt": Page(ROBOTS.format(base=base).encode(), "text/plain"),
        "/": Page(f"<HTML><HEAD><TITLE>灯台</TITLE></HEAD>{frames}</FRAMESET></HTML>"
                  .encode("cp932")),
        "/menu.html": Page(html(menu, "cp932")),
        "/main.html": Page(html(
            '<map name="m"><area href="area.html" alt="港"></map><iframe src="inner.html"></iframe>'
            '<a href="refresh.html">r</a> <a rel="nofollow" href="untrusted.html">nf</a>'
            '<a href="noindex.html">ni</a> <a href="noarchive.html">na</a>'
            '<a href="metanofollow.html">mnf</a> <a href="based.html">b</a>'
            r'<a href="dir\back.html">bs</a> <img src="img/map.png" alt="地図">'
            '<a href="manual.pdf">pdf</a> <a href="undeclared.html">u</a>',
            "cp932", head='<link rel="next" href="chapter2.html">'
                          '<link rel="stylesheet" href="style.css">')),
    }  # fmt: skip


def _content_pages() -> dict[str, Page]:
    refresh = '<meta http-equiv="refresh" content="0;URL=\'refreshed.html\'">'
    return {
        "/guide.html": Page(html("<h1>手引き</h1>" + JAPANESE, "cp932")),
        "/lamp.html": Page(html("lamp")),
        "/absolute.html": Page(html("absolute")),
        "/area.html": Page(html("area")),
        "/inner.html": Page(html("inner")),
        "/chapter2.html": Page(html("chapter 2")),
        "/refresh.html": Page(html("moved", head=refresh)),
        "/refreshed.html": Page(html("here")),
        "/untrusted.html": Page(html("nofollow")),
        "/noindex.html": Page(html('<a href="beyond.html">b</a>',
                                   head='<META NAME="Robots" CONTENT="NOINDEX">')),
        "/beyond.html": Page(html("followed, though the page before it is not kept")),
        "/noarchive.html": Page(html("kept out"), headers={"X-Robots-Tag": "noindex, nofollow"}),
        "/metanofollow.html": Page(html('<a href="hidden.html">h</a>',
                                        head='<meta name="robots" content="nofollow">')),
        "/hidden.html": Page(html("hidden")),
        "/based.html": Page(html('<a href="p.html">p</a>', head='<base href="/other/x.html">')),
        "/other/p.html": Page(html("base")),
        "/dir/back.html": Page(html("backslash")),
        "/img/map.png": Page(PNG, "image/png"),
        "/manual.pdf": Page(b"%PDF-1.4 ...", "application/pdf"),
        "/notes.txt": Page(JAPANESE.encode("cp932"), "text/plain"),
        "/get.cgi?tools": Page(b"PK\3\4", "application/zip"),
        "/private/keys.html": Page(b"SECRET"),
        "/page.cgi?print=1": Page(b"PRINT"),
        "/tools.zip": Page(b"PK\3\4", "application/zip"),
    }  # fmt: skip


def _legacy_pages() -> dict[str, Page]:
    euc = f'{JAPANESE}<a href="倉庫.html">倉庫</a>'
    return {
        at("/部品.html", "cp932"): Page(html("name in cp932", "cp932")),
        at("/説明.html"): Page(html("name in UTF-8")),
        at("/search.cgi?q=灯台", "cp932"): Page(html("query in cp932", "cp932")),
        "/undeclared.html": links("euc.html", "sjis.html"),
        "/euc.html": Page(html(euc, "euc_jp", label=False)),
        at("/倉庫.html", "euc_jp"): Page(html("name in EUC-JP", "euc_jp")),
        "/sjis.html": Page(html(f'{JAPANESE}<a href="港.html">港</a>', "cp932", label=False)),
        at("/港.html", "cp932"): Page(html("name in cp932 again", "cp932")),
    }


def _redirect_pages() -> dict[str, Page]:
    return {
        "/moves.html": links("old.html", "loop1.html", "self.html", "hop0.html", "away.html",
                             "inward.html", "tolocal.html", "into.html"),
        "/old.html": moved("/guide.html"),
        "/loop1.html": moved("loop2.html", 302),
        "/loop2.html": moved("loop1.html", 302),
        "/self.html": moved("self.html"),
        **{f"/hop{n}.html": moved(f"hop{n + 1}.html") for n in range(30)},
        "/away.html": moved("http://example.invalid/"),
        "/inward.html": moved("http://169.254.169.254/latest/meta-data/"),
        "/tolocal.html": moved("/private/keys.html"),
        "/into.html": moved("/港図.html".encode("cp932"), 303),
        at("/港図.html", "cp932"): Page(html("by redirect", "cp932")),
    }  # fmt: skip


def _odd_pages() -> dict[str, Page]:
    long = "n" * 300
    targets = {
        "/drip.html": Page(None),
        "/huge.html": Page(b"<p>" + b"x" * 400_000),
        "/told.html": Page(b"<p>x", headers={"Content-Length": "99999999999"}),
        "/short.html": Page(
            b"<p>cut off", headers={"Content-Length": "5000", "Connection": "close"}
        ),
        "/bomb.html": Page(gzip.compress(b" " * 50_000_000), headers={"Content-Encoding": "gzip"}),
        "/half.html": Page(
            gzip.compress(b"<p>" + b"packed and cut off " * 99)[:-9],
            headers={"Content-Encoding": "gzip"},
        ),
        "/packed.html": Page(gzip.compress(b"<p>packed"), headers={"Content-Encoding": "gzip"}),
        "/..%2F..%2Fup.html": Page(html("traversal in the name")),
        "/a%00b%3Ac.html": Page(html("bytes that no name may have")),
        "/nul.html": Page(html("a device")),
        "/.hidden.html": Page(html("a hidden file")),
        f"/{long}.html": Page(html("overlong")),
        "/empty.html": Page(b""),
        "/zip.html": Page(b"PK\3\4" + bytes(500)),
        "/style.asp": Page(b"p {}", "text/css"),
        "/list.asp?a=1&b=2": Page(html("a query")),
        "/list.asp?a=2&b=2": Page(html("another query")),
        "/untyped": Page(html("no content type"), None),
        "/deep.html": Page(b"<div>" * 5000 + b'<a href="below.html">deep</a>'),
        "/below.html": Page(html("linked from very deep")),
        "/x.html": Page(html("a file")),
        "/x.html/y.html": Page(html("below a file")),
    }
    targets |= {
        "/twice.html": Page(
            gzip.compress(gzip.compress(b"<p>twice")), headers={"Content-Encoding": "gzip, gzip"}
        ),
        "/deflated.html": Page(
            zlib.compress(b"<p>deflated")[2:-4], headers={"Content-Encoding": "deflate"}
        ),
        "/torn.html": Page(b"no gzip at all", headers={"Content-Encoding": "gzip"}),
        "/octets": Page(html("a page all the same"), "application/octet-stream"),
        "/binary": Page(bytes(range(256)) * 2000, "application/octet-stream"),
        "/plain.cgi": Page(html("a page that is called text"), "text/plain"),
        "/shown.txt": Page(html("a page shown as its source"), "text/plain"),
        "/wide.html": Page("\ufeff<p>広い<a href='wide2.html'>w</a>".encode("utf-16-le")),
        "/wide2.html": Page("<p>標なし".encode("utf-16-be"), "text/html; charset=utf-16be"),
        "/Twin.html": Page(html("one twin")),
        "/twin.html": Page(html("the other twin")),
        f"/q.cgi?{'k' * 500}": Page(html("a long query")),
        at("/鍵.html", "cp932"): Page(html(JAPANESE, "cp932")),
        at("/窓.html", "euc_jp"): Page(html(JAPANESE, "euc_jp")),
        "/cookie.html": Page(html("set and forgotten"), headers={"Set-Cookie": "a=1; Path=/"}),
    }
    hrefs = [*targets, "/../../etc/passwd.html", "http://[broken/", "folder/", "folder/index.html"]
    return {
        **targets,
        "/fake.png": Page(html("not found"), "text/html"),
        "/odd.html": Page(links(*hrefs).body + b'<img src="fake.png">'),
        "/etc/passwd.html": Page(html("dots")),
        "/folder/": Page(html("a folder's page")),
        "/folder/index.html": Page(html("a folder's page")),
    }


def _sitemap_pages(base: str) -> dict[str, Page]:
    index = (
        f"<sitemapindex><sitemap><loc>{base}/map.xml.gz</loc></sitemap>"
        "<sitemap><loc>http://foreign.invalid/map.xml</loc></sitemap></sitemapindex>"
    )
    foreign = "<loc>http://foreign.invalid/page.html</loc>"
    urls = f"<loc>{base}/orphan.html</loc><loc>{base}/guide.html</loc><loc>{base}/private/z</loc>"
    urls += foreign
    return {
        "/maps.xml": Page(index.encode(), "application/xml"),
        "/map.xml.gz": Page(gzip.compress(f"<urlset>{urls}</urlset>".encode()), "application/gzip"),
        "/orphan.html": Page(html("in no menu")),
    }


def busy_twice() -> Callable[[str], Page | None]:
    """/busy.html answers at the third try, /broken.html never does."""
    n = {"busy": 0}

    def before(target: str) -> Page | None:
        if target == "/broken.html":
            return Page(b"oops", status=500)
        if target != "/busy.html":
            return None
        n["busy"] += 1
        if n["busy"] > 2:
            return Page(html("not busy any more"))
        return Page(b"", status=503, headers={"Retry-After": "1"})

    return before


def settings(**changed) -> Settings:
    """Quick ones."""
    values = {
        "whole_host": False, "meta_robots": True, "max_pages": 1000, "max_depth": 50,
        "max_page_bytes": 300_000, "max_bytes": 1 << 30, "max_seconds": 100,
        "page_seconds": 30.0, "delay_seconds": 0.0, "backoff_seconds": 0.01,
    }  # fmt: skip
    return Settings(**(values | changed))


class Project:
    """A store and a source folder. `fetch` is a run; what came is read afterwards."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.database = folder / "shikomi.db"
        self.folder = folder / "source"

    def fetch(self, start: str, *, lookup=None, **changed) -> None:
        with Store(self.database) as store:
            crawl.fetch(store, self.folder, start, settings(**changed), lookup=lookup)

    def refresh(self, start: str, **changed) -> None:
        with Store(self.database) as store:
            crawl.refresh(store, start, settings(**changed))
        self.fetch(start, **changed)

    def todo(self, start: str, **changed) -> list[str]:
        with Store(self.database) as store:
            return crawl.todo(store, self.folder, start, settings(**changed))

    def rows(self) -> dict[str, rows.CrawlUrl]:
        with Store(self.database) as store:
            return {row.url: row for row in rows.listing(store)}

    def states(self, base: str) -> dict[str, tuple[str, str | None]]:
        """For each target of the site its state and reason."""
        found = self.rows().items()
        return {
            url.removeprefix(base): (row.outcome.state, row.outcome.reason) for url, row in found
        }

    def paths(self) -> dict[str, str]:
        with Store(self.database) as store:
            return rows.paths(rows.listing(store))

    def files(self) -> dict[str, bytes]:
        found = self.folder.rglob("*")
        return {
            file.relative_to(self.folder).as_posix(): file.read_bytes()
            for file in found
            if file.is_file()
        }
