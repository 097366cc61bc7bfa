"""The openai SDK as a door: files, fine-tuning jobs and batches go through it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shikomi.errors import EndpointError, UserError
from shikomi.llm.endpoint import Endpoint, is_loopback, key_refused, unreachable

if TYPE_CHECKING:
    from openai import OpenAI

_FAILED = 500  # from this HTTP status on the fault is the endpoint's


@contextmanager
def client(endpoint: Endpoint, *, retries: int = 3) -> Iterator["OpenAI"]:
    """A client, and its errors in plain words. The SDK is imported here: it is slow to load.

    Raises:
        UserError: the endpoint refuses; the message is its own.
        EndpointError: it cannot be reached, fails, or does not accept the key. What was asked for
            may have been done all the same.
    """
    import openai

    from shikomi.llm.http import trusted

    by_system = not is_loopback(endpoint.base_url)
    opened = openai.OpenAI(
        base_url=endpoint.base_url,
        api_key=endpoint.api_key or "none",
        max_retries=retries,
        timeout=endpoint.timeout_seconds,
        http_client=openai.DefaultHttpxClient(
            trust_env=by_system, verify=trusted(trust_env=by_system)
        ),
    )
    opened.organization = opened.project = None  # the SDK fills them from the environment
    try:
        with opened:
            yield opened
    except openai.APIConnectionError as error:
        raise unreachable(endpoint.base_url) from error
    except openai.AuthenticationError as error:
        raise EndpointError(key_refused(endpoint.base_url)) from error
    except openai.APIStatusError as error:
        kind = EndpointError if error.status_code >= _FAILED else UserError
        raise kind(
            f"{endpoint.base_url} refuses (HTTP {error.status_code}): {_said(error.body, endpoint)}"
        ) from error


def _said(body: object, endpoint: Endpoint) -> str:
    message = body.get("message") if isinstance(body, dict) else None
    said = " ".join(str(message or body or "it does not say why").split())
    return said.replace(endpoint.api_key or "\0", "***")
