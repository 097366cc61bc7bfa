"""How long a server asks to wait: the header Retry-After (RFC 9110, 10.2.3)."""

import re
import time
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"\d+(?:\.\d+)?", re.ASCII)  # with the fractions that some hosts give


def seconds(header: str) -> float | None:
    """From either form of it, a number or a date; None where it says neither."""
    text = header.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None
