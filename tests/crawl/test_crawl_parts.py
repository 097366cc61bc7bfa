"""Addresses, file names, links, sitemaps and the pace, each by itself."""

import gzip
import random

import pytest

from shikomi.crawl import names, pace, rules, sitemaps, urls
from shikomi.crawl.kinds import kind_of, looks_like_html
from shikomi.crawl.links import read_links, robot_words
from shikomi.errors import SourceError, UserError

BASE = "http://host.example/a/b.html"


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("c.html", "http://host.example/a/c.html"),
        ("../c.html#part", "http://host.example/c.html"),
        ("../../../c.html", "http://host.example/c.html"),
        ("/c/./d/../e.html", "http://host.example/c/e.html"),
        ("c/%2e%2E/d.html", "http://host.example/a/d.html"),
        ("http://host.example/x/../../y/..", "http://host.example/"),
        ("//HOST.Example:80/c", "http://host.example/c"),
        ("https://host.example:443", "https://host.example/"),
        ("http://host.example:8080/", "http://host.example:8080/"),
        ("http:c.html", "http://host.example/a/c.html"),
        (r"..\d\c.html?x=\y", r"http://host.example/d/c.html?x=%5Cy"),
        (" c\n.html\t ", "http://host.example/a/c.html"),
        ("a b.html", "http://host.example/a/a%20b.html"),
        ("%7euser/%c3%a9.html", "http://host.example/a/~user/%C3%A9.html"),
        ("100%.html", "http://host.example/a/100%25.html"),
        ("c.html?", "http://host.example/a/c.html"),
        ("?q=1", "http://host.example/a/b.html?q=1"),
        ("", "http://host.example/a/b.html"),
        ("//user:word@host.example/", "http://host.example/"),
        ("//Bücher.example/", "http://xn--bcher-kva.example/"),
        ("//[::1]:99/", "http://[::1]:99/"),
    ],
)
def test_a_link_means_what_a_browser_takes_it_for(href, url):
    found = urls.resolve(href, BASE)
    assert found is not None
    assert found.url == url
    assert urls.resolve(url, BASE).url == url


@pytest.mark.parametrize(
    "href",
    [
        "mailto:a@b.example", "javascript:go()", "ftp://host.example/", "data:text/html,x",
        "http://[broken/", "http://host:99999999/", "//a b/", "//" + "灯" * 99,
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_page_is_none(href):
    assert urls.resolve(href, BASE) is None


def test_a_path_is_utf8_with_the_pages_encoding_as_the_other_way_and_a_query_in_it():
    found = urls.resolve("表.html?q=表&r=é", BASE, "cp932")
    query = "?q=%95%5C&r=%26%23233%3B"  # é is not in the encoding
    assert found.url == "http://host.example/a/%E8%A1%A8.html" + query
    assert found.alternate == "http://host.example/a/%95%5C.html" + query
    assert urls.resolve("é.html", BASE, "cp932").alternate is None
    assert urls.resolve("表.html?q=表", BASE, "utf-16-le").url.endswith("?q=%E8%A1%A8")


def test_http_and_https_of_a_host_are_one_site():
    site = urls.site("https://www.host.example/d/", start="http://host.example/d/",
                     whole_host=False)  # fmt: skip
    for link in ("http://www.host.example/d/x", "http://host.example/d/x"):
        assert site.own(link) == "https://www.host.example/d/x"
    assert not site.has_host(site.own("http://www.host.example:8080/d/x"))
    assert not site.has_host(site.own("http://host.example.evil.test/d/x"))


@pytest.mark.parametrize("text", ["https://", "http://a b/", "http://user:word@host.example/"])
def test_a_start_that_is_no_address_is_said_in_a_line_without_its_password(text):
    with pytest.raises(UserError) as error:
        urls.start_url(text)
    assert "word@" not in str(error.value)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/", "index.html"),
        ("/a/", "a/index.html"),
        ("/a/?b=1", "a/index@b=1.html"),
        ("/a.html", "a.html"),
        ("/a.HTM", "a.HTM"),
        ("/a.php", "a.php.html"),
        ("/a.html?b=1", "a.html@b=1.html"),
        ("/..%2F..%2F/b", "_.._.._/b.html"),
        ("/%2E%2E/b.html", "_/b.html"),
        ("/a%5C..%5Cb.html", "a_.._b.html"),
        ("//a///b.html", "a/b.html"),
        ("/C%3A/b.html", "C_/b.html"),
        ("/con/PRN.html", "_con/_PRN.html"),
        ("/aux.old/lpt1", "_aux.old/_lpt1.html"),
        ("/a.%20./b%20", "a_/b .html"),
        ("/a%0Ab%00.html", "a_b_.html"),
        ("/%93%94%91%E4.html", "灯台.html"),
        ("/%81.html", "%81.html"),
        ("/か%E3%82%99.html", "が.html"),
    ],
)
def test_a_file_name_is_the_addresss_made_safe(target, path):
    url = "http://host.example" + target
    assert names.file_path(url, kind="html", encodings=["cp932"]) == path


def test_a_name_never_leads_out_and_fits_every_disk():
    chance = random.Random(5)
    pieces = [
        "..",
        ".",
        "/",
        "%2F",
        "%2e",
        "\\",
        "%5C",
        "%00",
        "con",
        "あ",
        "%81",
        ":",
        "a",
        "?",
        "~",
    ]
    for _ in range(3000):
        target = "".join(chance.choices(pieces, k=chance.randint(1, 120)))
        path = names.file_path("http://h.example/" + target, kind="html", encodings=["cp932"])
        parts = path.split("/")
        assert all(part and part[0] != "." and part[-1] not in ". " for part in parts), target
        assert not set(path) & set('\\:?*<>|"\0'), target
        assert max(len(part.encode()) for part in parts) <= 100
        assert len(path.encode()) <= 220


def test_names_that_differ_only_at_their_end_stay_two():
    url = "http://host.example/" + "long" * 90
    paths = {names.file_path(url + end, kind="html") for end in ("1.html", "2.html")}
    assert len(paths) == 2
    assert all(path.endswith(".html") for path in paths)


@pytest.mark.parametrize(
    ("content_type", "name", "kind"),
    [
        ("text/html", "x.cgi", "html"),
        ("text/plain", "x.html", "html"),
        ("text/plain", "x.md", "markdown"),
        ("application/octet-stream", "x.docx", "docx"),
        ("application/octet-stream", "x.bin", None),
        ("application/octet-stream", "README", "text"),
        ("", "x.pdf", "pdf"),
        ("image/png", "x", "image"),
        ("application/zip", "x.html", None),
        ("text/css", "x", None),
    ],
)
def test_the_kind_is_the_content_types_and_where_that_says_nothing_the_names(
    content_type, name, kind
):
    assert kind_of(content_type, f"http://host.example/{name}") == kind


def hrefs(text):
    return [link.href for link in read_links(text).links]


@pytest.mark.parametrize(
    "text",
    [
        '<meta http-equiv="Refresh" content="5; URL=x.html">',
        "<META HTTP-EQUIV=refresh CONTENT=\"0;url='x.html'; more\">",
        '<meta http-equiv="refresh" content="0, x.html">',
        "<FRAMESET><FRAME SRC=x.html></FRAMESET>",
        '<map><area href=" x.html "></map>',
        "<object data=x.html></object>",
        '<link rel="Prev Start" href=x.html>',
        "<html><body>a</body></html><a href=x.html>after the end</a>",
        "<noframes><a href=x.html>a</a></noframes>",
        "<a href=x.html><a href=#y>",
        "<div>" * 10_000 + "<a href=x.html>deep</a>",
        "<table>" * 3_000 + "<b title='>'><a\nhref=x.html\n>deep</a>",
        "<?xml version='1.0' encoding='EUC-JP'?><html><a href=x.html>",
    ],
)
def test_links_of_every_kind_are_found(text):
    assert hrefs(text) == ["x.html"]


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", " " * 3_000_000, "<noframes" * 200_000, "<p " * 200_000,
        "<object data=#>" * 1900 + "<b></b>" * 100_000,
        "<!-- <a href=x.html> -->", "<script>'<a href=x.html>'</script>",
        '<meta http-equiv="refresh" content="30">', '<link rel="stylesheet" href="x.css">',
        "<a name=x>", "<a href='#x'>", "\0", "<" * 5000,
        "<noframes" * 200_000, "<p " * 200_000, "<object data=#>" * 1900 + "<b></b>" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_link_is_none(text):
    assert hrefs(text) == []


def test_a_link_has_its_text_and_the_headings_above_it():
    text = """<h1>Lamp</h1><h3>Oil</h3><a href=1>the <b>oil</b>
      <img src=i alt=can></a><h2>Wick <a href=2>w</a></h2><a href=3 title=T><img src=j></a>"""
    found = {link.href: (link.text, link.headings) for link in read_links(text).links}
    assert found["1"] == ("the oil can", ("Lamp", "Oil"))
    assert found["2"] == ("w", ("Lamp",))
    assert found["3"] == ("T", ("Lamp", "Wick w"))


def test_a_links_text_is_cut_not_the_page_copied_for_each():
    link = read_links("<a href=x>" + "word " * 100_000).links[0]
    assert len(link.text) <= 200


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("noindex, nofollow", {"noindex", "nofollow"}),
        ("otherbot: noindex, nofollow", set()),
        ("otherbot: noindex, shikomi: nofollow", {"nofollow"}),
        ("unavailable_after: 25 Jun 2030 15:00:00 PST, noindex", {"noindex"}),
        ("NONE", {"none"}),
    ],
)
def test_a_robots_header_is_read_as_far_as_it_is_for_us(header, words):
    assert robot_words(header) & {"noindex", "nofollow", "none"} == words


def test_a_sitemap_is_xml_an_index_a_list_or_packed():
    pages = b"<?xml version='1.0'?><s:urlset><s:url><s:loc> http://h/a?x=1&amp;y=2 </s:loc>"
    assert sitemaps.read(pages) == (("http://h/a?x=1&y=2",), ())
    assert sitemaps.read(gzip.compress(pages)) == (("http://h/a?x=1&y=2",), ())
    assert sitemaps.read(b"<sitemapindex><loc><![CDATA[http://h/b]]></loc>") == (
        (),
        ("http://h/b",),
    )
    assert sitemaps.read(b"http://h/a\r\nhttp://h/b\n") == (("http://h/a", "http://h/b"), ())
    picture = (
        b"<url><loc>http://h/a</loc><image:image><image:loc>http://h/p</image:loc></image:image>"
    )
    assert sitemaps.read(picture) == (("http://h/a",), ())


@pytest.mark.parametrize("data", [gzip.compress(bytes(60 << 20)), b"\x1f\x8bbroken", bytes(100)])
def test_a_sitemap_that_is_a_bomb_or_rubbish_is_refused(data):
    with pytest.raises(SourceError):
        sitemaps.read(data)


def test_rules_ask_for_a_delay_in_either_way():
    assert rules.read(b"User-agent: *\nCrawl-delay: 2.5\n").delay_seconds == 2.5
    assert rules.read(b"User-agent: *\nRequest-rate: 1/5\n").delay_seconds == 5
    assert rules.read(b"<html>not found</html>").allow("http://h/x")
    assert rules.read(b"\0\1\2").allow("http://h/x")


def test_other_peoples_hosts_are_asked_once_a_second_and_own_ones_at_once():
    foreign, own = pace.polite(private=False), pace.polite(private=True)
    assert (foreign.delay_seconds, foreign.width) == (1.0, 1)
    assert (own.delay_seconds, own.width) == (0.0, 8)
    asked = pace.polite(private=True, delay_seconds=0.5, asked_seconds=3)
    assert (asked.delay_seconds, asked.width) == (3, 1)


@pytest.mark.parametrize(
    "data",
    [b"<image:x" * 300_000, b"<urlset><loc>" + b" " * 3_000_000, b"<loc>" * 300_000],
)
def test_a_sitemap_made_to_hang_its_reader_does_not(data):
    assert sitemaps.read(data)[0] in ((), ("",))


def test_a_page_made_to_hang_its_recognition_does_not():
    assert not looks_like_html(b"<!---->" * 600)
    assert looks_like_html(b"<!-- a --> <!-- <b> --><HTML>")
