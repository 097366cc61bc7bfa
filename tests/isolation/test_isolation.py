import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from shikomi import isolation
from shikomi.errors import SourceError
from shikomi.isolation import Limits, call

LIMITS = Limits(cpu_seconds=30)
HERE = f"{__name__}:"


def pid(data):
    return os.getpid()


def upper(data, *, end):
    return (data.decode().upper() + end, len(data))


def refuses(data):
    raise SourceError("no good")


def breaks(data):
    return {}[data.decode()]


def spins(data):
    while True:
        pass


def eats(data):
    return len(bytearray(1 << 40))


def crashes(data):
    os.kill(os.getpid(), signal.SIGSEGV)


def breaks_off(data):
    for number in range(3, 20):  # wherever the answers go
        with suppress(OSError):
            os.write(number, b'{"result": 1}')
    os._exit(0)


def takes_a_second(data):
    time.sleep(1)
    return "late"


@pytest.fixture(autouse=True, scope="module")
def _new_child():
    """A child that an earlier test started does not know where this module is."""
    isolation._child.end()


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """The child is to find this module."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), *sys.path]))


def run(function, data=b"x", limits=LIMITS, **arguments):
    return call(HERE + function.__name__, data, limits=limits, **arguments)


def test_a_result_comes_back_and_one_process_serves_all_calls():
    assert run(upper, b"ab\ncd" * 100_000, end="!") == ["AB\nCD" * 100_000 + "!", 500_000]
    assert run(pid) == run(pid) != os.getpid()


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (refuses, "no good"),
        (eats, "more than 2048 MB"),
        (crashes, "crash"),
        (breaks_off, "crash"),
    ],
)
def test_what_goes_wrong_is_one_line_and_the_next_call_goes_well(function, message):
    with pytest.raises(SourceError, match=message) as raised:
        run(function)
    assert "\n" not in str(raised.value)
    assert run(upper, b"a", end="") == ["A", 1]


def test_a_child_that_somebody_ended_meanwhile_is_no_fault_of_the_next_call():
    child = run(pid)
    os.kill(child, signal.SIGKILL)
    while is_running(child):
        time.sleep(0.01)
    assert run(upper, b"a", end="") == ["A", 1]


def test_after_ctrl_c_the_next_call_does_not_get_the_answer_of_the_one_before():
    timer = threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT])
    run(pid)  # the child is there
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        run(takes_a_second)
    assert run(upper, b"a", end="") == ["A", 1]


def test_a_call_that_does_not_end_is_ended():
    with pytest.raises(SourceError, match="more than 1 s"):
        run(spins, limits=Limits(cpu_seconds=1))
    assert run(upper, b"a", end="") == ["A", 1]


def test_time_is_counted_by_call():
    limits = Limits(cpu_seconds=1)
    assert len({run(busy, limits=limits) for _ in range(3)}) == 1


def busy(data):
    end = time.process_time() + 0.6
    while time.process_time() < end:
        pass
    return os.getpid()


def test_an_error_that_nobody_expected_keeps_its_traceback():
    with pytest.raises(RuntimeError, match="in breaks") as raised:
        run(breaks)
    assert str(raised.value).endswith("KeyError: 'x'")


def test_a_busy_child_ends_with_a_parent_that_is_killed(tmp_path):
    code = (
        "from shikomi.isolation import Limits, call\n"
        f"call({HERE + 'tells_and_spins'!r}, {str(tmp_path / 'pid').encode()!r},"
        " limits=Limits(cpu_seconds=600))"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as parent:
        child = int(waited_for(tmp_path / "pid"))
        parent.kill()
    end = time.monotonic() + 60
    while is_running(child) and time.monotonic() < end:
        time.sleep(0.05)
    assert not is_running(child)


def tells_and_spins(data):
    Path(data.decode()).write_text(f"{os.getpid()}\n")
    spins(data)


def waited_for(file):
    while not (file.exists() and file.read_text().endswith("\n")):
        time.sleep(0.05)
    return file.read_text()


def is_running(process):
    """Whether any of its threads is; the first may have ended before the others."""
    for thread in Path(f"/proc/{process}/task").glob("*/stat"):
        with suppress(OSError):
            if thread.read_text().rsplit(")", 1)[1].split()[0] != "Z":
                return True
    return False
