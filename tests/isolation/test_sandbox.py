"""Code that a model wrote: what it may do, and what it may not."""

import socket
import sys
import tempfile
import threading

import pytest

from shikomi.isolation import sandbox
from shikomi.isolation.sandbox import SandboxLimits, check

DOUBLE = "def double(n):\n    return 2 * n\n"
HAS_FILTER = sandbox.guard() == "kernel"


def tried(line: str) -> str:
    """What became of code that does one thing more than it should."""
    return check(f"import os, socket, subprocess, threading\n{line}\n", []).broken


def test_code_that_does_what_its_checks_ask_passes():
    assert check(DOUBLE, ["assert double(4) == 8", "assert double(0) == 0"]).passed


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (DOUBLE.replace("2", "3"), "assert double(4) == 8: AssertionError"),
        ("def twice(n):\n    return 2 * n\n", "NameError"),
        ("def double(n)\n    return n\n", "the code: SyntaxError"),
        ("raise SystemExit(0)", "the code: SystemExit"),
        ("def double(n):\n    return double(n)\n", "RecursionError"),
    ],
)
def test_code_that_does_not_is_told_in_one_line(code, said):
    broken = check(code, ["assert double(4) == 8"]).broken
    assert said in broken
    assert len(broken) <= 300


def test_a_program_that_ends_the_process_has_not_passed():
    outcome = check("import os\nos._exit(0)\n", ["assert True"])
    assert not outcome.passed


def test_what_it_prints_goes_nowhere_and_what_it_reads_is_empty():
    code = "import sys\nfor _ in range(300):\n    print('x' * 100_000)\nread = sys.stdin.read()\n"
    assert check(code, ["assert read == ''"]).passed


@pytest.mark.parametrize(
    "written", ['{"broken": "", "guard": "kernel"}', '{"broken": ""}' * 10_000]
)
def test_writing_to_the_place_of_the_verdict_is_no_pass(written):
    code = (
        "import os\n"
        "for number in range(3, 20):\n"
        "    try:\n"
        f"        os.write(number, {written.encode()!r})\n"
        "    except OSError:\n"
        "        pass\n"
        "os._exit(0)\n"
    )
    assert not check(code, ["assert 1 == 2"]).passed


def test_code_that_never_ends_is_ended():
    outcome = check("while True:\n    pass\n", [], limits=SandboxLimits(cpu_seconds=1))
    assert "more than 1 s" in outcome.broken


def test_code_that_waits_is_ended_by_the_clock():
    limits = SandboxLimits(clock_seconds=1)
    assert "on the clock" in check("import time\ntime.sleep(600)\n", [], limits=limits).broken


@pytest.mark.skipif(sys.platform != "linux", reason="the memory is not limited here")
def test_code_that_eats_memory_gets_none():
    assert "MemoryError" in tried("bytearray(2 << 30)")


def test_it_has_no_environment_and_an_empty_folder(monkeypatch):
    monkeypatch.setenv("SHIKOMI_TEST_SECRET", "a key")
    code = "import os\nnames, files = list(os.environ), os.listdir()\n"
    asserts = ["assert 'SHIKOMI_TEST_SECRET' not in names", "assert files == []"]
    assert check(code, asserts).broken == ""


def test_packages_cannot_be_imported():
    assert "ModuleNotFoundError" in tried("import numpy")


def test_nothing_is_written_or_removed(tmp_path):
    kept = tmp_path / "kept.txt"
    kept.write_text("here", encoding="utf-8")
    for line in (
        f"open({str(kept)!r}, 'w')",
        f"open({str(tmp_path / 'new.txt')!r}, 'x')",
        f"os.remove({str(kept)!r})",
        f"os.rename({str(kept)!r}, {str(tmp_path / 'moved')!r})",
        f"os.mkdir({str(tmp_path / 'folder')!r})",
        "open('here.txt', 'w')",
    ):
        assert "PermissionError" in tried(line), line
    assert [file.name for file in tmp_path.iterdir()] == ["kept.txt"]
    assert kept.read_text("utf-8") == "here"


def test_nobody_is_called():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert "PermissionError" in tried(f"socket.create_connection(('127.0.0.1', {port}))")
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize(
    "line", ["subprocess.run(['true'])", "os.fork()", "os.kill(os.getppid(), 0)", "os.system('')"]
)
def test_no_other_process_is_started_or_signalled(line):
    assert "PermissionError" in tried(line)


def test_threads_are_allowed_and_end_with_it():
    code = (
        "import threading, time\n"
        "done = []\n"
        "def work():\n    done.append(1)\n    time.sleep(600)\n"
        "threading.Thread(target=work).start()\n"
        "while not done:\n    pass\n"
    )
    assert check(code, ["assert done == [1]"]).passed


@pytest.mark.skipif(not HAS_FILTER, reason="no kernel filter on this machine")
@pytest.mark.parametrize(
    "line",
    [
        "check(libc.socket(2, 1, 0))",
        "check(libc.fork())",
        "check(libc.kill(os.getppid(), 0))",
        "check(libc.unlink(b'KEPT'))",
        "check(libc.open(b'KEPT', os.O_WRONLY))",
        "check(libc.rename(b'KEPT', b'KEPT2'))",
    ],
)
def test_below_the_interpreter_the_kernel_refuses_too(line, tmp_path, monkeypatch):
    """Through ctypes, with the interpreter's own guard taken away."""
    kept = tmp_path / "kept"
    kept.write_text("here", encoding="utf-8")
    code = (
        "import sys\n"
        "sys.modules['shikomi.isolation.sandbox_child']._REFUSED = ('none',)\n"
        "import ctypes, os\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "def check(status):\n"
        "    assert status == -1, status\n"
        "    raise PermissionError(ctypes.get_errno())\n" + line.replace("KEPT", str(kept)) + "\n"
    )
    assert "PermissionError: 1" in check(code, []).broken
    assert kept.read_text("utf-8") == "here"


def test_many_runs_at_once_do_not_meet():
    found = {}
    threads = [
        threading.Thread(
            target=lambda n=n: found.update({n: check(f"x = {n}", [f"assert x == {n}"])})
        )
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found[n].passed for n in range(4))


def test_its_folder_is_gone_afterwards(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    where = check("import os\nraise ValueError(os.getcwd())\n", []).broken
    assert str(tmp_path / "shikomi-") in where
    assert list(tmp_path.iterdir()) == []
