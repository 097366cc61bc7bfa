"""Ids as the API writes them: a prefix and a random part."""

import secrets
import string

_LETTERS = string.ascii_lowercase + string.digits


def new_id(prefix: str, length: int = 24, *, joint: str = "-") -> str:
    """For example `file-4kq...`; the random part has `length` characters."""
    return prefix + joint + "".join(secrets.choice(_LETTERS) for _ in range(length))
