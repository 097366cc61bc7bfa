"""Requests made by chance from the server's own description: none may be its fault."""

from typing import Any

import pytest

from serving import ServerProcess

FEW, MANY = 8, 300


def fuzz(server: ServerProcess, max_examples: int, *, model: str = "", **only: str) -> int:
    """How many operations were tried: all, or those that `only` names. With `model` bodies ask
    for that one, as one made by chance names none that is there."""
    import schemathesis  # slow to load, and every process of tests reads this file
    from hypothesis import HealthCheck, Phase, settings
    from schemathesis.checks import not_a_server_error

    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    schema = schema.include(**only) if only else schema
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
        def tried(case: Any) -> None:
            if model and isinstance(case.body, dict):
                case.body["model"] = model
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
    assert fuzz(tiny_server, FEW) >= 26
    assert tiny_server.ask("tiny", "Still there?", max_tokens=1) is not None


def test_no_chat_made_from_the_description_breaks_a_model_with_search(
    searching: ServerProcess,
) -> None:
    for path, times in (("/v1/chat/completions", 4), ("/v1/responses", 2)):
        assert fuzz(searching, FEW * times, model="tiny+rag", path=path) == 1
    assert searching.ask("tiny+rag", "Still there?", max_tokens=1) is not None


def test_the_description_tells_of_the_sources_and_of_each_route(tiny_server: ServerProcess) -> None:
    told = tiny_server.http.get("/openapi.json").json()
    answer = told["paths"]["/v1/chat/completions"]["post"]["responses"]["200"]["content"]
    schema = answer["application/json"]["schema"]["properties"]["shikomi"]
    assert set(schema["properties"]["sources"]["items"]["required"]) == {
        *("number", "path", "title", "breadcrumb", "url", "score")
    }
    parameters = told["paths"]["/v1/fine_tuning/jobs"]["get"]["parameters"]
    assert {each["name"] for each in parameters} == {"after", "limit", "metadata"}


@pytest.mark.slow
def test_many_requests_made_from_the_description_do_not_break_the_server(
    tiny_server: ServerProcess,
) -> None:
    assert fuzz(tiny_server, MANY) >= 26
