"""What the tests' calls say and ask to be read."""

from shikomi.errors import ParseError


def said(body):
    return body["messages"][-1]["content"]


def number(text):
    try:
        return int(text)
    except ValueError as error:
        raise ParseError(f"no number: {text}") from error
