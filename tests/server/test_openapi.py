"""Requests made by chance from the server's own description: none may be its fault."""

import pytest

from serving import ServerProcess

schemathesis = pytest.importorskip("schemathesis")

from hypothesis import HealthCheck, Phase, settings  # noqa: E402
from schemathesis.checks import not_a_server_error  # noqa: E402

FEW, MANY = 8, 300


def fuzz(server: ServerProcess, max_examples: int) -> int:
    """How many operations were tried."""
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    operations = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=max_examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        def tried(case: schemathesis.Case) -> None:
            case.call_and_validate(checks=[not_a_server_error], timeout=120)

        operation_test = schemathesis_given(operation, tried)
        operation_test()
        operations += 1
    return operations


def schemathesis_given(operation, test):  # type: ignore[no-untyped-def]
    from hypothesis import given

    return given(case=operation.as_strategy())(test)


def test_no_request_made_from_the_description_breaks_the_server(
    tiny_server: ServerProcess,
) -> None:
    assert fuzz(tiny_server, FEW) >= 22
    assert tiny_server.ask("tiny", "Still there?", max_tokens=1) is not None


@pytest.mark.slow
def test_many_requests_made_from_the_description_do_not_break_the_server(
    tiny_server: ServerProcess,
) -> None:
    assert fuzz(tiny_server, MANY) >= 22
