"""`fetch`, `convert`, `check` and `conflicts` as a person types them, right and wrong."""

import http.server
import json
import shlex
import signal
import subprocess
import threading
import time
import zipfile
from types import SimpleNamespace

import pytest

from world import command, shikomi, typed

PAGE = "<h1>{n}</h1><p>{fact}</p>"
FACTS = (
    "The lamp burns 0 litres of oil by day, when it is out.",
    "In summer it takes 1 litres between dusk and dawn.",
    "A keeper trims the wick and writes down 2 names of ships.",
    "Fog needs the horn: 3 blasts a minute, with the door shut.",
)


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        site = self.server.site
        if self.path == "/slow.html":
            site.slow.set()
            time.sleep(30)
        status, text = site.pages.get(self.path, (404, "none"))
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        if status == 301:
            self.send_header("Location", text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *about):
        pass


@pytest.fixture
def site():
    """`pages` by target: status and text, or where to. /slow.html is not answered in time."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.site = SimpleNamespace(
        pages={}, slow=threading.Event(), base=f"http://127.0.0.1:{server.server_port}"
    )
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.site
    server.shutdown()
    server.socket.close()


@pytest.fixture
def project(tmp_path):
    """One of a folder with four pages, converted."""
    for n in range(4):
        text = (
            f'<p>Menu | Index</p>{PAGE.format(n=n, fact=FACTS[n])}<a href="{n + 1}.html">next</a>'
        )
        file = tmp_path / "www" / f"{n}.html"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    init = ["init", str(tmp_path / "p"), "--source", str(tmp_path / "www"), "--root", "Lamp"]
    assert typed(*init).returncode == 0
    assert shikomi(tmp_path / "p", "convert").returncode == 0
    return tmp_path / "p"


def says(done, *words, code=1):
    """One line on standard error with all the words in it."""
    (line,) = done.stderr.strip().splitlines()
    assert done.returncode == code, done.stderr
    for word in words:
        assert word in line, line


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("example.org/docs", ["no web address", "write it whole", "https://example.org/docs"]),
        ("ftp://example.org/", ["no web address", "https://example.org/docs/"]),
        ("http://", ["no web address"]),
        ("http://user:secret@127.0.0.1/", ["leave user name and password out"]),
        ("http://127.0.0.1:1/", ["cannot fetch http://127.0.0.1:1/", "no connection"]),
        ("http://no-such-host.invalid/", ["no-such-host.invalid is unknown", "project.source"]),
    ],
)
def test_an_address_that_cannot_be_fetched(tmp_path, address, words):
    says(shikomi(tmp_path / "p", "fetch", address), *words)


def test_a_folder_is_no_address(tmp_path):
    says(shikomi(tmp_path / "p", "fetch", str(tmp_path)), "no website", "shikomi init --source")
    assert not (tmp_path / "p").exists()


def test_a_start_page_that_is_not_there_and_then_the_right_one(tmp_path, site):
    site.pages["/"] = (200, PAGE.format(n=1, fact=FACTS[1]))
    says(shikomi(tmp_path / "p", "fetch", site.base + "/indx.html"), "answers 404")
    done = shikomi(tmp_path / "p", "fetch", site.base + "/")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "p" / "source" / "index.html").exists()


def test_a_site_behind_a_login(tmp_path, site):
    site.pages["/wiki/"] = (401, "who are you?")
    says(shikomi(tmp_path / "p", "fetch", site.base + "/wiki/"), "without a login", "401", "folder")


def test_a_project_with_pages_is_not_turned_to_another_site(tmp_path, site):
    site.pages["/"] = (200, PAGE.format(n=1, fact=FACTS[1]))
    shikomi(tmp_path / "p", "fetch", site.base + "/")
    before = (tmp_path / "p" / "shikomi.toml").read_bytes()
    says(
        shikomi(tmp_path / "p", "fetch", site.base + "/b/"), "set project.source", "another folder"
    )
    assert (tmp_path / "p" / "shikomi.toml").read_bytes() == before


def test_a_settings_file_that_a_person_edited_is_not_made_anew(tmp_path, site):
    says(shikomi(tmp_path / "p", "fetch", site.base + "/a/"), "answers 404")
    file = tmp_path / "p" / "shikomi.toml"
    file.write_text(file.read_text("utf-8") + "[fetch]\nmax_pages = 5\n", "utf-8")
    says(shikomi(tmp_path / "p", "fetch", site.base + "/"), "set project.source")
    assert "max_pages = 5" in file.read_text("utf-8")


def test_a_start_page_that_leads_to_another_host(tmp_path, site):
    site.pages["/"] = (301, "http://elsewhere.invalid/new/")
    done = shikomi(tmp_path / "p", "fetch", site.base + "/")
    says(done, "has moved to http://elsewhere.invalid/new/", "set project.source")


def test_the_page_list_before_any_fetch(project):
    done = shikomi(project, "fetch", "--list")
    assert (done.returncode, done.stdout) == (0, "nothing was fetched yet\n")
    assert json.loads(shikomi(project, "fetch", "--list", "--json").stdout) == []
    says(shikomi(project.parent / "none", "fetch", "--list"), "no shikomi.toml", "shikomi init")
    says(shikomi(project, "fetch", "--refresh"), "this project reads", "the address of a site")


def test_a_second_fetch_says_that_all_is_there(tmp_path, site):
    site.pages["/"] = (200, PAGE.format(n=1, fact=FACTS[1]))
    project = tmp_path / "p"
    assert "✓ fetch" in shikomi(project, "fetch", site.base + "/").stderr
    says(shikomi(project, "fetch"), "all 1 files", "--refresh", code=0)
    assert json.loads(shikomi(project, "fetch", "--json").stdout) == {"failures": []}
    assert "1 page in source/" in shikomi(project, "fetch", "--refresh").stderr


def test_ctrl_c_stops_a_fetch_and_the_next_one_goes_on(tmp_path, site):
    site.pages = {
        "/": (200, '<a href="a.html">a</a><a href="slow.html">s</a>'),
        "/a.html": (200, PAGE.format(n=1, fact=FACTS[1])),
    }
    with subprocess.Popen(
        command(tmp_path / "p", "fetch", site.base + "/"), stderr=subprocess.PIPE, text=True
    ) as process:
        assert site.slow.wait(300)
        process.send_signal(signal.SIGINT)
        _, shown = process.communicate(timeout=60)
    assert process.returncode == 130, shown
    assert "Traceback" not in shown
    assert "stopped; the next run goes on from here" in shown
    rows = json.loads(shikomi(tmp_path / "p", "fetch", "--list", "--json").stdout)
    assert {row["url"].removeprefix(site.base): row["state"] for row in rows}["/"] == "fetched"


def test_a_source_that_is_not_there(tmp_path):
    done = typed("init", str(tmp_path / "p"), "--source", str(tmp_path / "nowhere"))
    says(done, "does not exist", "https://")


def test_a_zip_file_that_is_broken(tmp_path):
    file = tmp_path / "bad.zip"
    file.write_bytes(b"PK\x03\x04 and then nothing")
    says(typed("init", str(tmp_path / "p"), "--source", str(file)), "cannot be read as a zip file")
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.md", "# A")
    assert typed("init", str(tmp_path / "p"), "--source", str(file)).returncode == 0
    file.write_bytes(b"PK\x03\x04 and then nothing")
    says(shikomi(tmp_path / "p", "convert"), "cannot be read as a zip file", "unpack it")


def test_a_zip_file_is_a_project_too(tmp_path):
    with zipfile.ZipFile(tmp_path / "docs.zip", "w") as archive:
        archive.writestr("a.html", PAGE.format(n=1, fact=FACTS[1]))
    typed("init", str(tmp_path / "p"), "--source", str(tmp_path / "docs.zip"))
    assert shikomi(tmp_path / "p", "convert").returncode == 0
    assert (tmp_path / "p" / "docs" / "a.md").exists()


def test_check_lists_what_is_to_be_looked_at_and_takes_answers(project):
    done = shikomi(project, "check")
    assert done.returncode == 0
    assert "docs/3.md: 4.html" in done.stdout
    assert "1. at the start of 4 of 4 pages: Menu | Index" in done.stdout
    table = json.loads(shikomi(project, "check", "--json").stdout)
    assert (table["pages"], table["edges"][0]["n_pages"]) == (4, 4)
    assert [each["kind"] for each in table["findings"]] == ["broken links"]
    assert "at the start" not in shikomi(project, "check", "--drop", "1").stdout
    assert shikomi(project, "convert").returncode == 0
    assert (project / "docs" / "0.md").read_text("utf-8").count("Menu | Index") == 0


def test_check_is_told_wrong_things(project):
    says(shikomi(project, "check", "--drop", "99"), "no block 99", "`shikomi check` numbers")
    says(shikomi(project, "check", "--keep", "0"), "no block 0")
    assert shikomi(project, "check", "--drop", "x").returncode == 2
    assert not (project / "drop.txt").exists()
    for file in (project / "docs").iterdir():
        file.unlink()
    says(shikomi(project, "check"), "no pages", "shikomi convert")


def conflicting(project):
    page = project / "docs" / "1.md"
    page.write_text(page.read_text("utf-8").replace("1 litres", "ONE litre"), "utf-8")
    source = project.parent / "www" / "1.html"
    source.write_text(source.read_text("utf-8").replace("1 litres", "7 litres"), "utf-8")
    done = shikomi(project, "convert")
    assert "1 place to look at (`shikomi conflicts`)" in done.stderr
    return page


def test_a_conflict_is_listed_and_accepted(project):
    page = conflicting(project)
    assert "ONE litre" in page.read_text("utf-8")
    shown = shikomi(project, "conflicts").stdout
    assert "docs/1.md" in shown and "yours: " in shown and "7 litres" in shown
    (listed,) = json.loads(shikomi(project, "conflicts", "--json").stdout)["conflicts"]
    assert listed["page"] == "1.md"
    assert "7 litres" in listed["machine"]
    assert shikomi(project, "conflicts", "accept", "docs/1.md").stdout == "1 accepted\n"
    assert "7 litres" in page.read_text("utf-8")
    assert shikomi(project, "conflicts").stdout == "nothing to look at\n"


def test_a_conflict_is_dismissed(project):
    page = conflicting(project)
    assert shikomi(project, "conflicts", "dismiss", "1.md").stdout == "1 dismissed\n"
    assert "ONE litre" in page.read_text("utf-8")
    assert shikomi(project, "conflicts").stdout == "nothing to look at\n"


def test_conflicts_are_told_wrong_things(project):
    conflicting(project)
    says(shikomi(project, "conflicts", "accept", "2.md"), "no such conflict", "lists all")
    says(shikomi(project, "conflicts", "dismiss", "1.md", "77"), "no such conflict")
    assert shikomi(project, "conflicts", "accept", "1.md", "x").returncode == 2
    assert shikomi(project, "conflicts", "acept", "1.md").returncode == 2
    says(shikomi(project, "convert", "--restore", "no.md"), "was never made")
    says(shikomi(project, "convert", "--restore", "1.md"), "is there: nothing to restore")


def test_a_deleted_page_is_listed_and_restored(project):
    (project / "docs" / "2.md").unlink()
    assert shikomi(project, "convert").returncode == 0
    assert "docs/2.md: deleted from docs/" in shikomi(project, "conflicts").stdout
    assert shikomi(project, "convert", "--restore", "2.md").returncode == 0
    assert (project / "docs" / "2.md").exists()


def test_rebase_with_nothing_to_do_says_so(project):
    done = shikomi(project, "convert", "--rebase")
    assert done.stdout == "no edited page was made by an older converter\n"
    assert json.loads(shikomi(project, "convert", "--rebase", "--json").stdout) == []


def test_a_full_disk_stops_a_fetch_with_a_line_and_the_next_one_goes_on(tmp_path, site):
    """Files may not grow past what the database needs, as on a disk that is full."""
    site.pages = {
        "/": (200, '<a href="a.html">a</a>'),
        "/a.html": (200, "<p>" + "x" * 3_000_000),
    }
    line = f"ulimit -f 1500; exec {shlex.join(command(tmp_path / 'p', 'fetch', site.base + '/'))}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "cannot write" in done.stderr.splitlines()[-1]
    assert not [file for file in (tmp_path / "p").rglob("*.part")]
    assert shikomi(tmp_path / "p", "fetch").returncode == 0
    assert (tmp_path / "p" / "source" / "a.html").stat().st_size == 3_000_003
