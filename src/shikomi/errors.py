"""The error tree.

ShikomiError
├── UserError          the person can fix it: printed as one line, exit 1
│   ├── ConfigError        shikomi.toml or a file beside it is wrong
│   ├── PromptError        a prompt file is missing or its variables do not match
│   ├── WeightsError       model weights cannot be had, or are not what they should be
│   ├── EngineError        the local runtime or trainer cannot start or has died
│   ├── EndpointError      a model endpoint cannot be reached or refuses everything
│   └── BudgetExceeded     the next call could pass the project's budget
└── ItemError          one item failed: a row with its reason; the run goes on, exit 3
    ├── SourceError        a file cannot be read as a document
    ├── ProviderError      a model endpoint gave no completion
    └── ParseError         a completion is not in the asked-for form
Anything else is a bug and keeps its traceback; in a log, the places that it names (`place_of`).
"""

from pathlib import Path
from traceback import walk_tb


class ShikomiError(Exception):
    """Base of every error this package raises on purpose."""


class UserError(ShikomiError):
    """The person running the command can fix this; the message is one plain line."""


class ConfigError(UserError):
    """shikomi.toml, or a file it names, is wrong."""


class PromptError(UserError):
    """A prompt file is missing, or its variables do not match the code's."""


class WeightsError(UserError):
    """Model weights cannot be had, or are not what they should be."""


class EngineError(UserError):
    """The local runtime or trainer cannot start, or has died."""


class EndpointError(UserError):
    """A model endpoint cannot be reached, or refuses every call."""


class BudgetExceeded(UserError):
    """The next call could pass the project's budget."""


class ItemError(ShikomiError):
    """One item failed; the run records it and goes on."""


class SourceError(ItemError):
    """A file cannot be read as a document."""


class ProviderError(ItemError):
    """A model endpoint did not give a completion."""


class ParseError(ItemError):
    """A completion came back but is not in the asked-for form."""


def place_of(error: BaseException) -> str:
    """What kind of error it was and where, the innermost place first, for logs: never its
    message, which may quote what somebody asked.

    For example `KeyError at server/jobs.py:90, server/worker.py:104`.
    """
    frames = [
        f"{'/'.join(Path(frame.f_code.co_filename).parts[-2:])}:{line}"
        for frame, line in walk_tb(error.__traceback__)
    ]
    told = type(error).__name__ + (f" at {', '.join(reversed(frames))}" if frames else "")
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    earlier = error.__cause__ or error.__context__
    causes = (*inner, *([earlier] if earlier else ()))
    return "; from ".join([told, *map(place_of, causes)])
