"""A fetched site's pages in docs/: links, encodings, images, and where each page is from."""

import re

import pytest
from trap_site import (
    JAPANESE,
    PNG,
    Page,
    Website,
    at,
    busy_twice,
    html,
    moved,
    settings,
    trap_pages,
)  # fmt: skip

from shikomi import app, crawl
from shikomi.app.endpoints import Machine
from shikomi.corpus.frontmatter import split
from shikomi.corpus.links import links
from shikomi.corpus.names import Documents
from shikomi.crawl import urls
from shikomi.stages import convert, fetch
from shikomi.stages.fetched import Fetched as Site
from shikomi.stages.fetched import Origin


class Fetched:
    """A project of a site, fetched and converted."""

    def __init__(self, folder, start, **limits):
        self.folder, self.start = folder, start
        self.limits = limits
        folder.mkdir()
        (folder / "shikomi.toml").write_text(f'[project]\nsource = "{start}"\n', "utf-8")
        self.again()

    def opened(self):
        return app.open_project(self.folder, Machine(cache=self.folder / "c", environment={}))

    def again(self, *, refresh=False):
        """Fetch and convert. Returns convert's report, None where nothing was pending."""
        with self.opened() as ctx:
            if refresh:
                crawl.refresh(ctx.store, self.start, settings(**self.limits))
            folder = fetch.folder(ctx)
            crawl.fetch(ctx.store, folder, self.start, settings(**self.limits))
            return convert.run(ctx) if convert.pending(ctx) else None

    def pending(self):
        with self.opened() as ctx:
            return convert.pending(ctx)

    def page(self, name):
        """(front matter, Markdown)."""
        return split((self.folder / "docs" / name).read_text(encoding="utf-8"))

    def text(self, name):
        return self.page(name)[1]

    def docs(self):
        found = (self.folder / "docs").rglob("*")
        return {f.relative_to(self.folder / "docs").as_posix() for f in found if f.is_file()}


@pytest.fixture
def site():
    with Website() as site:
        yield site


@pytest.fixture(scope="module")
def trapped(tmp_path_factory):
    with Website() as site:
        site.pages = trap_pages(site.base)
        site.before = busy_twice()
        yield (
            site,
            Fetched(tmp_path_factory.mktemp("traps") / "p", site.base + "/", page_seconds=3.0),
        )


def body(*anchors):
    return Page(html("".join(f'<p><a href="{href}">{text}</a></p>' for text, href in anchors)))


def test_every_link_between_fetched_pages_leads_to_its_document(trapped):
    _, project = trapped
    docs = project.docs()
    n_links = 0
    for name in docs:
        if not name.endswith(".md"):
            continue
        for link in links(project.text(name), path=name):
            # a broken PDF is no page, and is told of
            assert link.path in docs | {"manual.pdf.md"}, (name, link)
            n_links += 1
    assert n_links > 40


def test_each_way_to_write_a_link_leads_to_its_page(trapped):
    _, project = trapped
    menu = project.text("menu.md")
    assert "[手引き](guide.md)" in menu
    assert "[明かり](lamp.md#wick)" in menu
    assert "[同じ](guide.md)" in menu
    assert "[部品](部品.md)" in menu
    assert "[説明](説明.md)" in menu
    assert "[検索](search.cgi@q=灯台.md)" in menu
    assert "[abs](absolute.md)" in menu
    assert "[case](guide.md)" in menu, "letter case is mended where the site has no such page"
    assert "[b](based.md)" in project.text("main.md")
    assert "[p](other/p.md)" in project.text("based.md"), "<base>"
    assert "[bs](dir/back.md)" in project.text("main.md"), "backslash"
    assert "(guide.md)" in project.text("moves.md"), "a redirect"
    assert "(港図.md)" in project.text("moves.md"), "a redirect to a name in the page's encoding"
    assert "(list.asp@a=1&b=2.md)" in project.text("odd.md"), "a query"


def test_what_was_not_fetched_is_linked_to_on_the_web(trapped):
    site, project = trapped
    menu = project.text("menu.md")
    assert f"[zip]({site.base}/tools.zip)" in menu
    assert f"[404]({site.base}/absent.html)" in menu
    assert "[ext](http://example.invalid/x.html)" in menu
    assert "[m](mailto:keeper@example.org)" in menu


def test_an_image_comes_along_with_its_text(trapped):
    _, project = trapped
    assert "![地図](img/map.png)" in project.text("main.md")
    assert (project.folder / "docs" / "img" / "map.png").read_bytes() == PNG


def test_the_front_matter_says_where_a_page_is_from_and_when(trapped):
    site, project = trapped
    fields, _ = project.page("部品.md")
    assert fields["url"] == site.base + at("/部品.html", "cp932")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", fields["fetched_at"])
    assert fields["source"] == "部品.html"
    assert project.page("港図.md")[0]["url"] == site.base + at("/港図.html", "cp932")


def test_nothing_is_pending_after_it(trapped):
    _, project = trapped
    assert project.pending() == []


def test_the_headers_encoding_is_believed_where_the_bytes_do_not_decide(tmp_path, site):
    two = "配布".encode("cp932")
    site.pages = {
        "/": body(("a", "a.txt"), ("b", "b.txt")),
        "/a.txt": Page(two, "text/plain; charset=Shift_JIS"),
        "/b.txt": Page("価格".encode("euc_jp"), "text/plain; charset=EUC-JP"),
    }
    project = Fetched(tmp_path / "p", site.base + "/")
    fields, text = project.page("a.md")
    assert (text.strip(), fields["encoding_reason"]) == ("配布", "declared")
    assert project.text("b.md").strip() == "価格"


def test_the_encoding_of_most_pages_decides_where_nothing_else_does(tmp_path, site):
    names = [f"p{n}.html" for n in range(3)]
    site.pages = {
        "/": body(*((name, name) for name in names), ("a", "a.txt")),
        **{f"/{name}": Page(html(JAPANESE + name, "cp932", label=False)) for name in names},
        "/a.txt": Page("配布".encode("cp932"), "text/plain"),
    }
    project = Fetched(tmp_path / "p", site.base + "/")
    fields, text = project.page("a.md")
    assert (text.strip(), fields["encoding_reason"]) == ("配布", "neighbours")


def test_an_anchor_that_an_absolute_link_goes_to_is_kept(tmp_path, site):
    site.pages = {
        "/d/": Page(html(f'<a href="{site.base}/d/部品.html#wick">w</a>', "cp932")),
        at("/d/部品.html", "cp932"): Page(html('<h1>Parts</h1><p id="wick">Wick</p>', "cp932")),
    }
    project = Fetched(tmp_path / "p", site.base + "/d/")
    assert "(部品.md#wick)" in project.text("d/index.md") or "部品.md#wick" in "".join(
        project.text(name) for name in project.docs() if name.endswith("index.md")
    )
    page = next(name for name in project.docs() if name.endswith("部品.md"))
    assert '<a id="wick"></a>' in project.text(page)


def test_frames_lead_to_the_documents_of_their_pages(trapped):
    _, project = trapped
    assert "[menu](menu.md)" in project.text("index.md")
    assert "(main.md)" in project.text("index.md")
    assert "(inner.md)" in project.text("main.md"), "iframe"


def test_fetched_markdown_has_its_links_turned_too(tmp_path, site):
    text = f"# A\n\n[b]({site.base}/b.html#x) [c](/sub/c.md) [d](c%20d.md) [z](/z.zip)\n"
    site.pages = {
        "/": body(("a", "a.md"), ("b", "b.html"), ("c", "sub/c.md"), ("d", "c%20d.md")),
        "/a.md": Page(text.encode(), "text/markdown"),
        "/b.html": Page(html('<p id="x">B</p>')),
        "/sub/c.md": Page(b"# C\n", "text/markdown"),
        "/c%20d.md": Page(b"# D\n", "text/markdown"),
    }
    project = Fetched(tmp_path / "p", site.base + "/")
    assert project.text("a.md") == (
        f"# A\n\n[b](b.md#x) [c](sub/c.md) [d](c%20d.md) [z]({site.base}/z.zip)\n"
    )


def test_a_page_that_comes_with_a_refresh_turns_the_links_to_it(tmp_path, site):
    site.pages = {"/": body(("b", "/b.html"))}
    project = Fetched(tmp_path / "p", site.base + "/")
    assert f"[b]({site.base}/b.html)" in project.text("index.md")
    site.pages["/b.html"] = Page(html("here now"))
    project.again(refresh=True)
    assert "[b](b.md)" in project.text("index.md")


def test_a_page_that_vanished_goes_and_the_links_to_it_lead_to_the_web(tmp_path, site):
    site.pages = {"/": body(("b", "b.html")), "/b.html": Page(html("b"))}
    project = Fetched(tmp_path / "p", site.base + "/")
    del site.pages["/b.html"]
    project.again(refresh=True)
    assert f"[b]({site.base}/b.html)" in project.text("index.md")
    assert "b.md" not in project.docs()


def test_an_edited_page_that_vanished_stays_and_the_person_is_told(tmp_path, site):
    site.pages = {"/": body(("b", "b.html")), "/b.html": Page(html("b"))}
    project = Fetched(tmp_path / "p", site.base + "/")
    file = project.folder / "docs" / "b.md"
    file.write_text(file.read_text("utf-8") + "\nMine.\n", "utf-8")
    del site.pages["/b.html"]
    assert "your edits of b.md stay" in project.again(refresh=True).summary
    assert "Mine." in project.text("b.md")


def test_a_changed_page_keeps_a_persons_correction(tmp_path, site):
    site.pages = {"/": Page(html("<h1>Lamp</h1><p>One.</p><p>Tow.</p><p>Three.</p>"))}
    project = Fetched(tmp_path / "p", site.base + "/")
    file = project.folder / "docs" / "index.md"
    file.write_text(file.read_text("utf-8").replace("Tow.", "Two."), "utf-8")
    site.pages = {"/": Page(html("<h1>Lamp</h1><p>One.</p><p>Tow.</p><p>Three more.</p>"))}
    project.again(refresh=True)
    assert project.text("index.md") == "# Lamp\n\nOne.\n\nTwo.\n\nThree more.\n"


def test_a_site_that_did_not_change_writes_nothing(tmp_path, site):
    site.pages = {"/": body(("b", "b.html")), "/b.html": Page(html("b"))}
    project = Fetched(tmp_path / "p", site.base + "/")
    assert project.again(refresh=True) is None


def test_a_link_through_a_redirect_keeps_its_anchor(tmp_path, site):
    site.pages = {
        "/": body(("o", "old.html#x")),
        "/old.html": moved("/new.html"),
        "/new.html": Page(html('<p id="x">X</p>')),
    }
    project = Fetched(tmp_path / "p", site.base + "/")
    assert "[o](new.md#x)" in project.text("index.md")
    assert '<a id="x"></a>' in project.text("new.md")


def test_links_by_the_hosts_https_address_are_links_of_the_site():
    place = urls.site("http://a.example/d/", start="http://a.example/d/", whole_host=False)
    site = Site(
        origins={"index.html": Origin("http://a.example/d/", "", None, "utf-8")},
        files={"http://a.example/d/b.html": "b.html"},
        gone=frozenset(),
        site=place,
    )
    documents = Documents({"index.html": "index.md"} | site.documents({"b.html": "b.md"}))
    link = site.relink("index.html", documents)
    assert link("https://a.example/d/b.html#x", "") == "b.md#x"
    assert link("b.html#x", "https://other.example/") == "https://other.example/b.html#x"
