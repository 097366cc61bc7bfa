"""Answers that an endpoint refuses for good: counted as unscored, not asked for evermore.

What is refused as a bad request is asked once more by the next run, as the endpoint may have been
mended since. Refused then, too, it is left until `--retry-failed` asks for it.
"""

import re

from shikomi.stages.context import Context
from shikomi.store import progress

STAGE = "evaluate"
_ONCE, _AGAIN = "refused once", "refused again"
# What the request holds is refused, whenever it is sent: no key, rate or fault is to blame.
_FOR_WHAT_IT_HOLDS = re.compile(r"(?:HTTP (?:400|413|422)|refused)\b")


def book(ctx: Context, subject: str, error: str) -> None:
    """Note that this run was refused `subject`, where the reason is the request itself."""
    if _FOR_WHAT_IT_HOLDS.match(error):
        known = progress.failed_subjects(ctx.store, STAGE, _ONCE)
        print_id = _AGAIN if subject in known else _ONCE
        progress.mark(ctx.store, STAGE, subject, print_id, error)


def for_good(ctx: Context) -> dict[str, str]:
    """What is not asked for any more, with the reason."""
    return progress.failed_subjects(ctx.store, STAGE, _AGAIN)
