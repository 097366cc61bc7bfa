"""A crawl that is killed goes on where it was."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from trap_site import Page, Project, Website, html, links, settings

from shikomi.errors import UserError

CHILD = """
import sys
sys.path.insert(0, {folder!r})
from pathlib import Path
from trap_site import Project
project, start, n_writes = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
if n_writes:
    import os, signal
    from shikomi.crawl import shelf
    whole, written = shelf.write_whole, []
    def write(path, data):
        whole(path, data)
        written.append(path)
        if len(written) == n_writes:
            os.kill(os.getpid(), signal.SIGKILL)
    shelf.write_whole = write
Project(project).fetch(start)
"""


def pages():
    """Three levels, with names in cp932, redirects and a page that is not there."""
    found = {"/": links(*(f"a{n}.html" for n in range(6)), "gone.html", "old.html")}
    found["/old.html"] = Page(b"", status=301, headers={"Location": "a3.html"})
    for n in range(6):
        found[f"/a{n}.html"] = links(*(f"b{n}{m}.html" for m in range(5)), "a0.html")
        found |= {f"/b{n}{m}.html": Page(html(f"page {n}{m}"), etag='"1"') for m in range(5)}
    return found


def child(project: Path, start: str, n_writes: int = 0) -> subprocess.Popen:
    code = CHILD.format(folder=str(Path(__file__).parent))
    command = [sys.executable, "-P", "-c", code, str(project), start, str(n_writes)]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    with Website(pages()) as site:
        project = Project(tmp_path_factory.mktemp("unbroken"))
        project.fetch(site.base + "/")
        return project.files(), project.states(site.base)


def settled(project: Project, base: str) -> set[str]:
    if not project.database.exists():
        return set()
    states = project.states(base).items()
    return {target for target, (state, _) in states if state != "pending"}


def test_no_page_is_fetched_again_once_its_row_is_committed(tmp_path, unbroken):
    with Website(pages()) as site:
        project = Project(tmp_path / "p")
        for n_requests in (1, 3, 6, 10, 11, 14):
            before = settled(project, site.base)
            n_asked = len(site.asked)
            running = child(tmp_path / "p", site.base + "/")
            until = n_asked + n_requests

            def kill(target, running=running, until=until):
                if len(site.asked) >= until:
                    os.kill(running.pid, signal.SIGKILL)

            site.before = kill
            assert running.wait(300) == -signal.SIGKILL
            assert not before & set(site.targets()[n_asked:])
        before = settled(project, site.base)
        assert 0 < len(before) < len(unbroken[1])
        site.before, n_asked = (lambda target: None), len(site.asked)
        project.fetch(site.base + "/")
        assert not before & set(site.targets()[n_asked:])
        assert (project.files(), project.states(site.base)) == unbroken


def test_a_kill_between_a_file_and_its_row_leaves_both_whole_in_the_end(tmp_path, unbroken):
    with Website(pages()) as site:
        project = Project(tmp_path / "p")
        for n_writes in (1, 1, 2, 7):
            assert child(tmp_path / "p", site.base + "/", n_writes).wait(300) == -signal.SIGKILL
        project.fetch(site.base + "/")
        assert (project.files(), project.states(site.base)) == unbroken


def test_what_a_killed_run_left_half_written_is_removed(tmp_path):
    with Website({"/": Page(html("start"))}) as site:
        project = Project(tmp_path / "p")
        project.folder.mkdir()
        (project.folder / ".index.html.4711.part").write_bytes(b"half")
        project.fetch(site.base + "/")
        assert set(project.files()) == {"index.html"}


def test_a_server_that_goes_away_stops_the_run_and_the_next_one_goes_on(tmp_path, unbroken):
    project = Project(tmp_path / "p")
    with Website(pages()) as site:
        port = int(site.base.rpartition(":")[2])

        def vanish(target):
            if target == "/a2.html":
                site.refuse()

        site.before = vanish
        with pytest.raises(UserError, match=r"does not answer any more.*run again"):
            project.fetch(site.base + "/")
    with Website(pages(), port=port) as again:
        project.fetch(again.base + "/")
        assert (project.files(), project.states(again.base)) == unbroken


def test_a_finished_crawl_has_nothing_to_do_until_a_file_is_lost(tmp_path):
    with Website(pages()) as site:
        start = site.base + "/"
        project = Project(tmp_path / "p")
        assert project.todo(start) == [start]
        project.fetch(start)
        assert project.todo(start) == []
        (project.folder / "a1.html").unlink()
        assert project.todo(start) == [site.base + "/a1.html"]
        n_asked = len(site.asked)
        project.fetch(start)
        assert [t for t in site.targets()[n_asked:] if "robots" not in t] == ["/a1.html"]
        assert (project.folder / "a1.html").exists()
        assert project.todo(start, max_pages=settings().max_pages) == []
