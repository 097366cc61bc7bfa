from shikomi.dataset.splits import LeakGuard
from shikomi.types import Question


def question(text):
    return Question(id=text, question=text, answer="a", accept=(("a",),), section="",
                    kind="user", lang="en")  # fmt: skip


HELD_OUT = "How long does Lumenbox take to fade a lamp?"
GUARD = LeakGuard([question(HELD_OUT), question("Which key is green?")], threshold=0.6)


def test_a_held_out_question_and_what_all_but_repeats_it_are_leaks():
    assert GUARD.twin(HELD_OUT) == (HELD_OUT, 1.0)
    assert GUARD.twin("how long does LUMENBOX take to fade one lamp") is not None


def test_another_question_is_no_leak():
    assert GUARD.twin("What is the code of a blown fuse in Lumenbox?") is None


def test_where_nothing_is_held_out_nothing_leaks():
    assert LeakGuard([], threshold=0.6).twin(HELD_OUT) is None
