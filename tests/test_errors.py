"""What a log says of an error."""

import pytest

from shikomi.errors import place_of


def fails():
    raise KeyError("what somebody asked")


def place(failing):
    with pytest.raises(Exception) as caught:
        failing()
    return place_of(caught.value)


def test_the_place_is_told_and_never_the_message():
    assert place(fails).startswith("KeyError at tests/test_errors.py:9, tests/test_errors.py:")
    assert "somebody" not in place(fails)


def test_what_an_error_came_of_is_told_too():
    def wraps():
        try:
            fails()
        except KeyError as error:
            raise ValueError("in other words") from error

    assert "; from KeyError at tests/test_errors.py:9" in place(wraps)


def test_of_errors_that_came_together_each_is_told():
    def together():
        raise ExceptionGroup("two", [ValueError("one"), OSError("other")])

    told = place(together)
    assert told.startswith("ExceptionGroup at ")
    assert told.endswith("; from ValueError; from OSError")
