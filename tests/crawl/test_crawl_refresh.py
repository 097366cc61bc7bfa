"""A second look at a site: only what changed comes, and what is gone goes."""

import pytest
from trap_site import PNG, Page, Project, Website, html, links, moved

from shikomi.errors import UserError


@pytest.fixture
def site():
    with Website() as site:
        site.pages = {
            "/": Page(html('<a href="a.html">a</a><a href="b.html">b</a><img src="c.png">'),
                      etag='"start"'),
            "/a.html": Page(html("first a"), etag='"a1"'),
            "/b.html": Page(html('<a href="d.html">d</a>'), etag='"b1"'),
            "/c.png": Page(PNG, "image/png", headers={"Last-Modified": "yesterday"}),
            "/d.html": Page(html("d")),
        }  # fmt: skip
        yield site


@pytest.fixture
def project(tmp_path, site):
    project = Project(tmp_path / "p")
    project.fetch(site.base + "/")
    site.asked.clear()
    return project


def refreshed(project, site, **changed):
    project.refresh(site.base + "/", **changed)
    return project.states(site.base)


def test_known_pages_are_asked_for_on_condition_and_kept_when_unchanged(project, site):
    files = project.files()
    times = {name: (project.folder / name).stat().st_mtime_ns for name in files}
    states = refreshed(project, site)
    sent = {asked.target: asked.headers for asked in site.asked}
    assert sent["/a.html"]["if-none-match"] == '"a1"'
    assert sent["/c.png"]["if-modified-since"] == "yesterday"
    assert project.files() == files
    assert times == {name: (project.folder / name).stat().st_mtime_ns for name in files}
    assert set(states.values()) == {("fetched", None)}
    assert project.rows()[site.base + "/a.html"].outcome.status == 304


def test_a_page_that_the_server_sends_again_unchanged_keeps_its_file_and_date(project, site):
    before = project.rows()[site.base + "/d.html"].outcome
    time = (project.folder / "d.html").stat().st_mtime_ns
    refreshed(project, site)
    after = project.rows()[site.base + "/d.html"].outcome
    assert (after.status, after.fetched_at) == (200, before.fetched_at)
    assert (project.folder / "d.html").stat().st_mtime_ns == time


def test_links_of_an_unchanged_page_are_followed(project, site):
    site.pages["/d.html"] = Page(html("new d"))
    refreshed(project, site)
    assert project.files()["d.html"] == html("new d")
    assert project.rows()[site.base + "/b.html"].outcome.status == 304


def test_a_changed_page_and_the_new_pages_it_links_to_come(project, site):
    site.pages["/a.html"] = Page(html('<a href="new.html">n</a>'), etag='"a2"')
    site.pages["/new.html"] = Page(html("new"))
    refreshed(project, site)
    assert project.files()["a.html"] == site.pages["/a.html"].body
    assert project.files()["new.html"] == html("new")
    assert project.rows()[site.base + "/a.html"].outcome.etag == '"a2"'


def test_a_page_that_is_gone_loses_its_file(project, site):
    del site.pages["/a.html"]
    states = refreshed(project, site)
    assert states["/a.html"] == ("missing", "404 Not Found")
    assert "a.html" not in project.files()


def test_a_page_that_nothing_links_to_is_kept_while_it_is_there(project, site):
    site.pages["/b.html"] = Page(html("no link any more"))
    refreshed(project, site)
    assert project.files()["d.html"] == html("d")
    del site.pages["/d.html"]
    refreshed(project, site)
    assert "d.html" not in project.files()


def test_what_never_came_and_is_linked_no_more_leaves_the_list(project, site):
    site.pages["/a.html"] = links("none.html", "http://example.invalid/")
    assert {"/none.html", "http://example.invalid/"} < set(refreshed(project, site))
    site.pages["/a.html"] = Page(html("no links"))
    assert not {"/none.html", "http://example.invalid/"} & set(refreshed(project, site))


def test_a_page_that_moved_is_kept_under_its_new_name_only(project, site):
    site.pages["/a.html"] = moved("moved.html")
    site.pages["/moved.html"] = Page(html("first a"))
    refreshed(project, site)
    assert "a.html" not in project.files()
    assert project.paths()[site.base + "/a.html"] == "moved.html"


@pytest.mark.parametrize("trouble", [Page(b"", status=500), Page(b"", status=403)])
def test_a_page_that_cannot_be_had_now_keeps_its_file(project, site, trouble):
    site.pages["/a.html"] = trouble
    states = refreshed(project, site)
    assert states["/a.html"][0] in ("failed", "refused")
    assert project.files()["a.html"] == html("first a")


def test_a_file_that_a_person_changed_is_fetched_whole(project, site):
    (project.folder / "a.html").write_bytes(b"scribbled over")
    refreshed(project, site)
    assert project.files()["a.html"] == html("first a")
    sent = {asked.target: asked.headers for asked in site.asked}
    assert "if-none-match" not in sent["/a.html"]


def test_a_site_that_does_not_answer_loses_nothing_and_is_looked_at_later(project, site):
    files = project.files()
    site.before = lambda target: Page(b"", status=404) if target == "/" else None
    with pytest.raises(UserError, match="answers 404"):
        project.refresh(site.base + "/")
    assert project.files() == files
    assert project.todo(site.base + "/")
    site.before = lambda target: None
    site.pages["/a.html"] = Page(html("second a"))
    project.fetch(site.base + "/")
    assert project.files()["a.html"] == html("second a")


def test_robots_that_forbid_a_page_now_leave_its_old_file(project, site):
    site.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /a.html\n", "text/plain")
    states = refreshed(project, site)
    assert states["/a.html"] == ("skipped", "robots.txt")
    assert "/a.html" not in site.targets()
    assert "a.html" in project.files()


def test_another_start_drops_the_pages_that_are_not_below_it(tmp_path, site):
    site.pages |= {"/": links("x/", "y/"), "/x/": Page(html("x")), "/y/": Page(html("y"))}
    project = Project(tmp_path / "p")
    project.fetch(site.base + "/")
    project.fetch(site.base + "/x/")
    assert set(project.files()) == {"x/index.html"}


def test_two_names_of_one_page_are_one_file_and_become_two_when_they_part(tmp_path, site):
    site.pages["/"] = links("Same.html", "same.html", "list.html", "list.html?sid=7")
    for name in ("/Same.html", "/same.html", "/list.html", "/list.html?sid=7"):
        site.pages[name] = Page(html("the same"))
    project = Project(tmp_path / "p")
    project.fetch(site.base + "/")
    assert set(project.files()) == {"index.html", "Same.html", "list.html"}
    assert project.paths()[site.base + "/same.html"] == "Same.html"
    site.pages["/same.html"] = Page(html("another"))
    refreshed(project, site)
    path = project.paths()[site.base + "/same.html"]
    assert path.lower() != "same.html"
    assert project.files()[path] == html("another")
