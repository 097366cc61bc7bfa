"""How much work a function does, counted: a busy machine makes no difference."""

import sys


def calls(function, *args) -> int:
    """The calls, of Python's functions and of C's, that it takes."""
    n = 0

    def count(frame, event, arg):
        nonlocal n
        n += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        function(*args)
    finally:
        sys.setprofile(before)
    return n
