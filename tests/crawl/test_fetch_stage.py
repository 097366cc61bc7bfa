"""`shikomi fetch` on a project."""

import json

import pytest
from trap_site import Page, Website, html

from world import shikomi, typed, write_project


@pytest.fixture
def site():
    with Website() as site:
        site.pages = {
            "/": Page(html('<h1>Lamp</h1><a href="oil.html">Oil</a> <a href="none.html">x</a>')),
            "/oil.html": Page(html("<h1>Oil</h1><p>The lamp burns 3 litres a night.</p>")),
        }
        yield site


@pytest.fixture
def project(tmp_path, site):
    done = shikomi(tmp_path / "p", "fetch", site.base + "/")
    assert done.returncode == 0, done.stderr
    return tmp_path / "p"


def files(project):
    return {file.name for file in (project / "source").rglob("*") if file.is_file()}


def test_a_site_becomes_a_project_whose_pages_convert_reads(project):
    assert files(project) == {"index.html", "oil.html"}
    assert shikomi(project, "convert").returncode == 0
    assert "3 litres a night" in (project / "docs" / "oil.md").read_text(encoding="utf-8")


def test_the_page_list_tells_what_came_and_what_did_not(project, site):
    rows = json.loads(shikomi(project, "fetch", "--list", "--json").stdout)
    assert {(row["url"].removeprefix(site.base), row["state"]) for row in rows} == {
        ("/", "fetched"), ("/oil.html", "fetched"), ("/none.html", "missing"),
    }  # fmt: skip
    oil = next(row for row in rows if row["path"] == "oil.html")
    assert (oil["link_text"], oil["headings"]) == ("Oil", ["Lamp"])
    assert "missing   " in shikomi(project, "fetch", "--list").stdout


def test_a_second_run_asks_the_site_for_nothing_until_it_is_told_to(project, site):
    site.pages["/oil.html"] = Page(html("<h1>Oil</h1><p>It burns 4 litres.</p>"))
    n_asked = len(site.asked)
    assert shikomi(project, "fetch").returncode == 0
    assert len(site.asked) == n_asked
    assert shikomi(project, "fetch", "--refresh").returncode == 0
    assert "4 litres" in (project / "source" / "oil.html").read_text(encoding="utf-8")


def test_what_failed_is_exit_code_3_and_is_tried_again_when_asked(tmp_path, site):
    project = tmp_path / "p"
    site.pages["/none.html"] = Page(b"", status=500, headers={"Retry-After": "0"})
    assert shikomi(project, "fetch", site.base + "/").returncode == 3
    site.pages["/none.html"] = Page(html("here now"))
    assert shikomi(project, "fetch").returncode == 0
    assert "none.html" not in files(project)
    assert shikomi(project, "fetch", "--retry-failed").returncode == 0
    assert "none.html" in files(project)


def test_a_project_that_reads_something_else_is_not_changed(project, tmp_path):
    done = shikomi(project, "fetch", "http://127.0.0.1:9/other/")
    assert done.returncode == 1
    assert "set project.source" in done.stderr
    folder = write_project(tmp_path / "q", "http://127.0.0.1:9/v1")
    before = {file.name for file in folder.rglob("*")}
    assert shikomi(folder, "convert").returncode == 0  # the stage before it has nothing to do
    assert before < {file.name for file in folder.rglob("*")}
    assert shikomi(folder, "fetch").returncode == 1


def test_a_site_without_a_page_is_said_in_a_line(tmp_path, site):
    site.pages = {"/": Page(b"PK", "application/zip")}
    done = shikomi(tmp_path / "p", "fetch", site.base + "/")
    assert done.returncode == 1
    assert done.stderr.endswith("gave no page: content type application/zip\n")


def test_init_takes_a_site_for_its_source(tmp_path, site):
    assert typed("init", str(tmp_path), "--source", site.base).returncode == 0
    assert f'source = "{site.base}/"' in (tmp_path / "shikomi.toml").read_text(encoding="utf-8")
    assert not (tmp_path / "source").exists()
    assert shikomi(tmp_path, "fetch").returncode == 0
    assert files(tmp_path) == {"index.html", "oil.html"}
