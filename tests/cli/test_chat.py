"""`shikomi chat` where answers do not come whole, and on a terminal."""

import codecs
import os
import pty
import subprocess
import time

import pytest

from shikomi.llm.scripted import sse
from world import World, command, run, shikomi, write_project

QUESTION = "How slow is the dimmer of a Lumenbox?"
STREAM = {"Content-Type": "text/event-stream"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    with World() as endpoint:
        folder = write_project(tmp_path_factory.mktemp("chat") / "p", endpoint.base_url)
        assert run(folder) == []
        yield folder, endpoint


@pytest.fixture
def says(made):
    """Has the endpoint give these to its next questions, whatever they are, and then no more."""
    _, endpoint = made

    def saying(*replies):
        left = iter(replies)
        endpoint.spoil = lambda body: next(left, None)

    yield saying
    endpoint.spoil = lambda body: None


def broken_off(text):
    return 200, STREAM, sse(text, finish_reason=None)


def test_an_answer_that_broke_off_is_shown_as_far_as_it_came_and_exits_3(made, says):
    says(broken_off("It fades within 40 seconds."))
    done = shikomi(made[0], "chat", "--rag", QUESTION)
    assert done.returncode == 3
    assert done.stdout.startswith("It fades within 40 seconds. [")
    assert "(docs/dimmer.md#Dimmer)" in done.stdout
    assert done.stderr == "shikomi: the reply broke off\n"


def test_an_answer_that_is_cut_off_says_so_with_its_sections(made, says):
    says((200, STREAM, sse("It fades within 40 seconds. And", finish_reason="length")))
    done = shikomi(made[0], "chat", "--rag", f"{QUESTION} At length")
    assert done.returncode == 0
    assert "(docs/dimmer.md#Dimmer)" in done.stdout
    assert done.stderr == "(cut off at 512 tokens)\n"


def test_a_question_that_is_refused_is_one_line_and_lists_no_sections(made, says):
    message = "maximum context length is 4096 tokens"
    says((400, {}, {"error": {"message": message, "code": "context_length_exceeded"}}))
    done = shikomi(made[0], "chat", "--rag", "dimmer " * 5000)
    assert (done.returncode, done.stdout.strip()) == (3, "")
    assert message in done.stderr and done.stderr.count("\n") == 1


def test_of_questions_from_a_pipe_a_failed_one_leaves_the_others_and_bytes_that_are_no_text_do_too(
    made, says
):
    says(broken_off("It"), "It is whole.")
    done = subprocess.run(
        command(made[0], "chat"), input=b"One?\n\xff\xfe?\n", capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (3, b"It\nIt is whole.\n")


def test_what_is_no_text_in_the_command_line_is_asked_all_the_same(made, says):
    says("It is 40 seconds.")
    assert shikomi(made[0], "chat", "dimmer \udcff").stdout == "It is 40 seconds.\n"


class Terminal:
    """A person at `shikomi chat`."""

    def __init__(self, folder):
        self.ours, theirs = pty.openpty()
        env = os.environ | {"TERM": "dumb", "NO_COLOR": "1"}
        self.process = subprocess.Popen(
            command(folder, "chat"), stdin=theirs, stdout=theirs, stderr=theirs, env=env,
            preexec_fn=lambda: os.login_tty(0),  # Ctrl-C is for it alone
        )  # fmt: skip
        os.close(theirs)
        self.shown = ""
        self.decode = codecs.getincrementaldecoder("utf-8")().decode  # a read may cut a character

    def type(self, text):
        os.write(self.ours, text.encode())

    def until(self, text):
        """Reads on until `text` stands there."""
        end = time.monotonic() + 60
        while text not in self.shown:
            assert time.monotonic() < end, self.shown
            self.shown += self.decode(os.read(self.ours, 1 << 16))
        self.shown = self.shown.partition(text)[2]


def test_on_a_terminal_ctrl_c_stops_an_answer_and_a_failure_ends_no_conversation(made, says):
    folder, endpoint = made
    asked = []

    def slow(body):
        asked.append(body)
        time.sleep(30 if len(asked) == 1 else 0)
        return [None, broken_off("It"), "It is whole."][len(asked) - 1]

    endpoint.spoil = slow
    at = Terminal(folder)
    at.until("> ")
    at.type("How long?\r")
    while not asked:
        time.sleep(0.02)
    at.type("\x03")
    at.until("shikomi: stopped")
    at.until("> ")
    at.type("調光は？\r")
    at.until("shikomi: the reply broke off")
    at.until("> ")
    at.type("And now?\r")
    at.until("It is whole.")
    at.until("> ")
    at.type("\x03")
    try:
        assert at.process.wait(timeout=20) == 0
    except subprocess.TimeoutExpired:  # Python's input() may sleep over one that comes as it begins
        at.type("\x03")
        assert at.process.wait(timeout=60) == 0
    said = [message["content"] for message in asked[2]["messages"]]
    assert "調光は？" in said and "How long?" not in said
