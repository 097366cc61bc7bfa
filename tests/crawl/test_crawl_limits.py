"""Where a crawl ends: its limits, its folder, its host, and what its owner forbids."""

import asyncio

import pytest
from trap_site import Page, Project, Website, html, links, moved

from shikomi.crawl import addresses
from shikomi.errors import UserError


@pytest.fixture
def site():
    with Website() as site:
        yield site


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path / "p")


def endless(target):
    """A calendar: each page links to the next."""
    if not target.startswith("/day"):
        return None
    n = int(target.removeprefix("/day"))
    return Page(html(f'<a href="day{n + 1}">next</a> day {n}'))


def chain(site, project, **changed):
    site.before = endless
    project.fetch(site.base + "/day0", **changed)
    return project.states(site.base)


def test_the_limit_of_pages_holds_on_a_site_without_end(site, project):
    states = chain(site, project, max_pages=7)
    assert len(project.files()) == 7
    assert states["/day7"] == ("limited", "limit of 7 pages reached")


def test_the_limit_of_pages_holds_with_many_requests_under_way(site, project):
    site.pages = {"/": links(*(f"p{n}" for n in range(30)))}
    site.pages |= {f"/p{n}": Page(html(str(n))) for n in range(0, 30, 2)}
    project.fetch(site.base + "/", max_pages=5)
    assert set(project.files()) == {"index.html", "p0.html", "p2.html", "p4.html", "p6.html"}


def test_the_limit_of_depth_holds_and_a_higher_one_goes_on_from_there(site, project):
    states = chain(site, project, max_depth=3)
    assert states["/day4"] == ("limited", "more than 3 links from the start page")
    assert project.todo(site.base + "/day0", max_depth=3) == []
    assert project.todo(site.base + "/day0", max_depth=5)
    n_asked = len(site.asked)
    chain(site, project, max_depth=5)
    assert len(project.files()) == 6
    assert [t for t in site.targets()[n_asked:] if "day" in t] == ["/day4", "/day5"]
    assert project.todo(site.base + "/day0", max_depth=5) == []


def test_the_limit_of_bytes_in_all_holds(site, project):
    chain(site, project, max_bytes=500)
    assert 400 < sum(map(len, project.files().values())) <= 500


def test_the_limit_of_time_holds_and_what_came_is_kept(site, project):
    site.pages = {"/": links(*(f"slow{n}" for n in range(40))),
                  **{f"/slow{n}": Page(html(str(n))) for n in range(40)}}  # fmt: skip
    project.fetch(site.base + "/", max_seconds=1.5, delay_seconds=0.3)
    states = project.states(site.base)
    assert 1 <= len(project.files()) < 10
    assert states["/slow39"] == ("limited", "limit of 1.5 seconds reached")
    project.fetch(site.base + "/", max_seconds=50)
    assert len(project.files()) == 41


def test_pictures_do_not_count_as_pages(site, project):
    site.pages = {"/": Page(html('<img src="a.png"><img src="b.png"><a href="c.html">c</a>'))}
    site.pages |= {f"/{name}.png": Page(b"\x89PNG", "image/png") for name in "ab"}
    project.fetch(site.base + "/", max_pages=1)
    assert set(project.files()) == {"index.html", "a.png", "b.png"}


@pytest.fixture
def folders(site):
    site.pages = {
        "/docs/v2/": Page(html('<a href="a.html">a</a><a href="../v1/">1</a><a href="/">home</a>'
                               '<img src="/img/x.png">')),
        "/docs/v2/a.html": Page(html("a")),
        "/docs/v1/": Page(html("v1")),
        "/": Page(html("home")),
        "/img/x.png": Page(b"\x89PNG", "image/png"),
    }  # fmt: skip
    return site


def test_pages_outside_the_start_pages_folder_are_left_but_pictures_come(folders, project):
    project.fetch(folders.base + "/docs/v2/")
    assert set(project.files()) == {"docs/v2/index.html", "docs/v2/a.html", "img/x.png"}
    assert project.states(folders.base)["/docs/v1/"] == ("skipped", "outside /docs/v2/")


def test_the_whole_host_comes_where_that_is_asked_for(folders, project):
    project.fetch(folders.base + "/docs/v2/")
    project.fetch(folders.base + "/docs/v2/", whole_host=True)
    assert {"index.html", "docs/v1/index.html"} < set(project.files())
    project.refresh(folders.base + "/docs/v2/")
    assert set(project.files()) == {"docs/v2/index.html", "docs/v2/a.html", "img/x.png"}


def test_pages_that_ask_not_to_be_indexed_come_where_that_is_asked_for(site, project):
    head = '<meta name="robots" content="noindex,nofollow">'
    site.pages = {"/": links("a.html", "b.html"), "/c.html": Page(html("c")),
                  "/a.html": Page(html('<a href="c.html">c</a>', head=head)),
                  "/b.html": Page(html("b"), headers={"X-Robots-Tag": "none"})}  # fmt: skip
    project.fetch(site.base + "/")
    assert set(project.files()) == {"index.html"}
    project.fetch(site.base + "/", meta_robots=False)
    assert set(project.files()) == {"index.html", "a.html", "b.html", "c.html"}


def test_a_start_that_is_moved_to_its_folder_takes_that_for_the_site(site, project):
    site.pages = {"/docs": moved("/docs/"), "/docs/": links("a.html", "/b.html"),
                  "/docs/a.html": Page(html("a")), "/b.html": Page(html("b"))}  # fmt: skip
    project.fetch(site.base + "/docs")
    assert set(project.files()) == {"docs/index.html", "docs/a.html"}


def test_a_start_that_is_moved_to_www_of_its_host_takes_that_for_the_site(site, project):
    async def own(host, port):
        return ["127.0.0.1"]

    port = site.base.rpartition(":")[2]
    plain, www = f"http://docs.example:{port}", f"http://www.docs.example:{port}"

    def by_host(target):
        at_www = site.asked[-1].headers["host"].startswith("www.")
        return None if at_www or target == "/robots.txt" else moved(www + target)

    site.before = by_host
    site.pages = {"/": links("a.html", plain + "/b.html"), "/a.html": Page(html("a")),
                  "/b.html": Page(html("b"))}  # fmt: skip
    project.fetch(plain + "/", lookup=own)
    assert set(project.files()) == {"index.html", "a.html", "b.html"}
    assert project.todo(plain + "/") == []


def test_a_start_that_is_moved_to_another_host_is_the_persons_to_choose(site, project):
    site.pages = {"/": moved("https://elsewhere.example/docs/")}
    with pytest.raises(UserError, match=r"has moved to https://elsewhere\.example/docs/"):
        project.fetch(site.base + "/")


def test_a_start_that_is_moved_in_a_circle_ends(site, project):
    site.pages = {"/a/": moved("/b/"), "/b/": moved("/a/")}
    project.fetch(site.base + "/a/")
    assert not project.files()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "without a login"),
        (403, "without a login"),
        (404, "answers 404: check project.source"),
        (500, "answers 500: check project.source"),
    ],
)
def test_a_start_page_that_is_not_there_is_said_in_a_line(site, project, status, said):
    site.pages = {"/": Page(b"", status=status)}
    with pytest.raises(UserError, match=said):
        project.fetch(site.base + "/")


def test_a_start_page_that_robots_may_not_fetch_is_said(site, project):
    site.pages = {"/robots.txt": Page(b"User-agent: shikomi\nDisallow: /\n", "text/plain")}
    with pytest.raises(UserError, match="does not allow"):
        project.fetch(site.base + "/")
    assert site.targets() == ["/robots.txt"]


def test_no_page_is_fetched_while_robots_txt_cannot_be_had(site, project):
    site.pages = {"/robots.txt": Page(b"", status=503), "/": Page(html("start"))}
    with pytest.raises(UserError, match="without it no page may be fetched"):
        project.fetch(site.base + "/")
    assert set(site.targets()) == {"/robots.txt"}


def test_a_rule_for_another_robot_does_not_hold_for_us(site, project):
    robots = b"User-agent: pypi\nDisallow: /\nUser-agent: https\nDisallow: /\n"
    site.pages = {"/robots.txt": Page(robots, "text/plain"), "/": Page(html("start"))}
    project.fetch(site.base + "/")
    assert set(project.files()) == {"index.html"}


def test_a_page_that_one_link_gives_to_robots_and_another_does_not_comes(site, project):
    site.pages = {"/": Page(html('<a rel="nofollow" href="b.html">b</a><a href="a.html">a</a>'))}
    site.pages |= {"/a.html": links("b.html"), "/b.html": Page(html("b"))}
    project.fetch(site.base + "/")
    assert "b.html" in project.files()


def test_a_server_that_asks_to_wait_for_hours_is_not_waited_for(site, project):
    site.pages = {"/": links("busy.html"),
                  "/busy.html": Page(b"", status=429, headers={"Retry-After": "7200"})}  # fmt: skip
    project.fetch(site.base + "/")
    assert site.targets().count("/busy.html") == 1
    reason = "429 Too Many Requests; it asks to wait 7200"
    assert project.states(site.base)["/busy.html"] == ("failed", reason)


def test_a_host_that_does_not_exist_is_said_in_a_line(project):
    with pytest.raises(UserError, match=r"no-such-host\.invalid is unknown"):
        project.fetch("http://no-such-host.invalid/")


def test_a_public_site_is_not_followed_to_a_private_address(site, project):
    """Its name gives a public address first and then, as an attacker would, our own."""
    n = {"asked": 0}

    async def rebinding(host, port):
        n["asked"] += 1
        return ["93.184.215.14"] if n["asked"] == 1 else ["127.0.0.1"]

    port = site.base.rpartition(":")[2]
    with pytest.raises(UserError, match=r"docs\.example is the private address 127\.0\.0\.1"):
        project.fetch(f"http://docs.example:{port}/", lookup=rebinding)
    assert site.asked == []


def test_a_public_name_with_one_private_address_is_refused(site, project):
    async def mixed(host, port):
        return ["93.184.215.14", "10.0.0.7"]

    with pytest.raises(UserError, match=r"private address 10\.0\.0\.7"):
        project.fetch("http://docs.example/", lookup=mixed)


def test_a_name_of_the_own_network_may_be_the_start(site, project):
    async def own(host, port):
        return ["127.0.0.1"]

    site.pages = {"/": Page(html("at home"))}
    port = site.base.rpartition(":")[2]
    project.fetch(f"http://docs.example:{port}/", lookup=own)
    assert set(project.files()) == {"index.html"}
    assert site.asked[-1].headers["host"] == f"docs.example:{port}"


def test_the_next_address_is_tried_where_one_takes_no_connection(site, project):
    async def two(host, port):
        return ["127.0.0.2", "127.0.0.1"] if host == "docs.example" else []

    site.pages = {"/": Page(html("here"))}
    port = site.base.rpartition(":")[2]
    project.fetch(f"http://docs.example:{port}/", lookup=two)
    assert set(project.files()) == {"index.html"}


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "::1", "::", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::",
    ],
)  # fmt: skip
def test_addresses_of_own_networks_are_private(address):
    assert addresses.is_private(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::6810:84e5", "::ffff:8.8.8.8"])
def test_addresses_of_the_internet_are_not_private(address):
    assert not addresses.is_private(address)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
def test_an_address_in_any_notation_is_looked_at_as_what_it_is(host):
    assert asyncio.run(addresses.all_private(host, 80))


def test_nothing_is_written_through_a_link_on_the_disk_that_leads_out(site, project, tmp_path):
    site.pages = {"/": links("out/a.html", "in.html"), "/out/a.html": Page(html("a")),
                  "/in.html": Page(html("in"))}  # fmt: skip
    (tmp_path / "elsewhere").mkdir()
    project.folder.mkdir()
    (project.folder / "out").symlink_to(tmp_path / "elsewhere")
    project.fetch(site.base + "/")
    assert not list((tmp_path / "elsewhere").iterdir())
    assert project.states(site.base)["/out/a.html"][0] == "refused"
    assert "in.html" in project.files()
