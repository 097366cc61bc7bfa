"""Ids as the API writes them: a prefix and a random part."""

import secrets
import string

_LETTERS = string.ascii_lowercase + string.digits
_LENGTH = 24


def new_id(prefix: str, *, joint: str = "-") -> str:
    """For example `file-4kq...`."""
    return prefix + joint + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
