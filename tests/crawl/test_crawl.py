"""The trap site: every page that should come comes, none that should not, each with its reason."""

from itertools import pairwise

import pytest
from trap_site import Project, Website, at, busy_twice, html, links, trap_pages

LONG = "n" * 84 + "~8c155a0a63.html"
# File -> the target whose bytes it has.
EXPECTED = {
    "index.html": "/",
    **{name: f"/{name}" for name in (
        "menu.html", "main.html", "guide.html", "lamp.html", "absolute.html", "area.html",
        "inner.html", "chapter2.html", "refresh.html", "refreshed.html", "beyond.html",
        "metanofollow.html", "based.html", "other/p.html", "dir/back.html", "img/map.png",
        "manual.pdf", "notes.txt", "undeclared.html", "euc.html", "sjis.html", "moves.html",
        "odd.html", "deep.html", "below.html", "shown.txt", "wide.html", "wide2.html", "Twin.html",
        "cookie.html", "x.html", "etc/passwd.html", "orphan.html",
    )},
    "部品.html": at("/部品.html", "cp932"),
    "説明.html": at("/説明.html"),
    "倉庫.html": at("/倉庫.html", "euc_jp"),
    "港.html": at("/港.html", "cp932"),
    "港図.html": at("/港図.html", "cp932"),
    "search.cgi@q=灯台.html": at("/search.cgi?q=灯台", "cp932"),
    ".._.._up.html": "/..%2F..%2Fup.html",
    "a_b_c.html": "/a%00b%3Ac.html",
    "_nul.html": "/nul.html",
    "_.hidden.html": "/.hidden.html",
    LONG: f"/{'n' * 300}.html",
    "list.asp@a=1&b=2.html": "/list.asp?a=1&b=2",
    "list.asp@a=2&b=2.html": "/list.asp?a=2&b=2",
    "untyped.html": "/untyped",
    "octets.html": "/octets",
    "plain.cgi.html": "/plain.cgi",
    "鍵.html": at("/鍵.html", "cp932"),
    "窓.html": at("/窓.html", "euc_jp"),
    "folder/index.html": "/folder/",
}  # fmt: skip
EXPECTED["_.._.._up.html"] = EXPECTED.pop(".._.._up.html")
NOT_KEPT = {
    "/page.cgi?print=1": ("skipped", "robots.txt"),
    "/private/keys.html": ("skipped", "robots.txt"),
    "/private/z": ("skipped", "robots.txt"),
    "http://example.invalid/x.html": ("skipped", "another host"),
    "http://example.invalid/": ("skipped", "another host"),
    "http://169.254.169.254/latest/": ("skipped", "another host"),
    "http://169.254.169.254/latest/meta-data/": ("skipped", "another host"),
    "/tools.zip": ("skipped", "kind of file (.zip)"),
    "/untrusted.html": ("skipped", "nofollow"),
    "/hidden.html": ("skipped", "nofollow"),
    "http://foreign.invalid/page.html": ("skipped", "another host"),
    "/binary": ("refused", "content type application/octet-stream"),
    "/twice.html": (
        "failed",
        "no whole reply (packed by gzip, gzip, which was not asked for)",
    ),
    "/half.html": ("failed", "no whole reply (packed, and cut off)"),
    "/get.cgi?tools": ("refused", "content type application/zip"),
    "/style.asp": ("refused", "content type text/css"),
    "/noindex.html": ("refused", "noindex"),
    "/noarchive.html": ("refused", "noindex"),
    "/empty.html": ("refused", "empty"),
    "/zip.html": ("refused", "the file is not text"),
    "/fake.png": ("refused", "is no picture but text/html"),
    "/self.html": ("refused", "redirects in a circle"),
    "/loop2.html": ("refused", "redirects in a circle"),
    "/absent.html": ("missing", "404 Not Found"),
    "/GUIDE.html": ("missing", "404 Not Found"),
    "/huge.html": ("limited", "larger than the limit for a page"),
    "/told.html": ("limited", "larger than the limit for a page"),
    "/bomb.html": ("limited", "larger than the limit for a page"),
    "/hop11.html": ("limited", "more than 10 redirects"),
    "/broken.html": ("failed", "500 Internal Server Error"),
    "/drip.html": ("failed", "took longer than 3 seconds"),
    "/folder/index.html": ("duplicate", None),
    **{f"/{name}.html": ("redirect", None) for name in (
        "old", "loop1", "away", "inward", "tolocal", "into", *(f"hop{n}" for n in range(11))
    )},
}  # fmt: skip


@pytest.fixture(scope="module")
def trapped(tmp_path_factory):
    """(site, project) after one crawl."""
    with Website() as site:
        site.pages = trap_pages(site.base)
        site.before = busy_twice()
        project = Project(tmp_path_factory.mktemp("traps"))
        project.fetch(site.base + "/", page_seconds=3.0)
        yield site, project


def test_the_files_are_those_that_should_come_byte_for_byte(trapped):
    site, project = trapped
    served = {name: site.pages[target].body for name, target in EXPECTED.items()}
    files = project.files()
    assert files.pop("busy.html") == html("not busy any more")
    assert files.pop("packed.html") == b"<p>packed"
    assert files.pop("deflated.html") == b"<p>deflated"
    assert b"other twin" in files.pop(next(name for name in files if name.startswith("twin~")))
    long = next(name for name in files if name.startswith("q.cgi@kkk"))
    assert len(long) < 120
    assert b"long query" in files.pop(long)
    assert b"below a file" in files.pop(next(name for name in files if name.endswith("/y.html")))
    assert files == served


def test_every_other_address_is_listed_with_its_reason(trapped):
    site, project = trapped
    states = project.states(site.base)
    for name in ("/short.html", "/torn.html"):
        state, reason = states.pop(name)
        assert (state, reason.startswith("no whole reply")) == ("failed", True)
    assert {url: each for url, each in states.items() if each[0] != "fetched"} == NOT_KEPT


def test_what_is_skipped_is_never_asked_for(trapped):
    site, project = trapped
    skipped = {url for url, (state, _) in project.states(site.base).items() if state == "skipped"}
    assert skipped
    assert not skipped & set(site.targets())


def test_no_page_is_asked_for_twice_but_those_that_were_busy(trapped):
    site, _ = trapped
    asked = site.targets()
    assert {target: n for target in asked if (n := asked.count(target)) > 1} == {
        "/busy.html": 3,
        "/broken.html": 3,
        "/short.html": 3,
        "/twice.html": 3,
        "/half.html": 3,
        "/torn.html": 3,
    }


def test_a_name_is_asked_for_in_utf8_first_and_then_as_its_page_writes_it(trapped):
    site, _ = trapped
    asked = site.targets()
    assert asked.index(at("/部品.html")) < asked.index(at("/部品.html", "cp932"))
    assert at("/説明.html", "cp932") not in asked


def test_retry_after_holds_all_requests_back(trapped):
    site, _ = trapped
    first = next(n for n, asked in enumerate(site.asked) if asked.target == "/busy.html")
    assert site.asked[first + 1].at - site.asked[first].at >= 1


def test_crawl_delay_lies_between_any_two_requests(trapped):
    site, _ = trapped
    times = [asked.at for asked in site.asked[1:]]
    assert min(b - a for a, b in pairwise(times)) >= 0.01


def test_the_user_agent_says_who_asks_and_where_to_read_of_it(trapped):
    site, _ = trapped
    agents = {asked.headers["user-agent"] for asked in site.asked}
    assert len(agents) == 1
    assert agents.pop().startswith("shikomi/")


def test_cookies_are_not_kept(trapped):
    site, _ = trapped
    assert not any("cookie" in asked.headers for asked in site.asked)


def test_a_page_is_listed_with_its_first_linker_the_links_text_and_the_headings_above(trapped):
    site, project = trapped
    rows = project.rows()
    found = rows[site.base + at("/部品.html")].found
    assert (found.linker, found.link_text) == (site.base + "/menu.html", "部品")
    assert (found.headings, found.depth) == (("灯台", "部品"), 2)
    assert rows[site.base + "/guide.html"].found.headings == ("灯台", "使い方")
    assert rows[site.base + "/area.html"].found.link_text == "港"
    assert rows[site.base + "/orphan.html"].found.linker == site.base + "/map.xml.gz"


def test_a_link_leads_to_its_file_also_by_a_redirect_or_a_double(trapped):
    site, project = trapped
    paths = project.paths()
    assert paths[site.base + "/old.html"] == "guide.html"
    assert paths[site.base + "/into.html"] == "港図.html"
    assert paths[site.base + "/folder/index.html"] == "folder/index.html"
    assert site.base + "/loop1.html" not in paths


def test_the_list_is_the_same_for_each_crawl_of_a_site(tmp_path):
    pages = {"/": links(*(f"p{n}.html" for n in range(20)))}
    for n in range(20):
        pages[f"/p{n}.html"] = links(*(f"q{n * m % 23}.html" for m in range(9)))
    pages |= {f"/q{n}.html": links("p3.html") for n in range(23)}
    lists = []
    for n in range(3):
        with Website(pages) as site:
            project = Project(tmp_path / str(n))
            project.fetch(site.base + "/")
            lists.append([
                (url.removeprefix(site.base), (row.found.linker or "").removeprefix(site.base))
                for url, row in project.rows().items()
            ])  # fmt: skip
    assert len(lists[0]) == 44
    assert lists[0] == lists[1] == lists[2]
