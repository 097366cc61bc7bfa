"""Azure's addresses of the API, by its class of the SDK and as the client of 2023 wrote them."""

from pathlib import Path

import pytest
from openai import AzureOpenAI, NotFoundError

from serving import ServerProcess, good_examples, write_examples

ASK = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 2}


@pytest.fixture(scope="module", params=["", "/openai", "/openai/v1", "/v1"])
def azure(request: pytest.FixtureRequest, tiny_server: ServerProcess) -> AzureOpenAI:
    """With each address that scripts give it."""
    root = tiny_server.url.removesuffix("/v1")
    where = {"base_url": root + request.param} if request.param else {"azure_endpoint": root}
    return AzureOpenAI(api_key="x", api_version="2024-10-21", max_retries=0, **where)


def test_deployments_are_models(azure: AzureOpenAI) -> None:
    answer = azure.chat.completions.create(model="tiny", **ASK)
    assert answer.model == "tiny" and answer.choices
    assert list(azure.chat.completions.create(model="tiny", stream=True, **ASK))
    assert azure.embeddings.create(model="text-embedding-3-small", input="a").data
    with pytest.raises(NotFoundError, match="'nobody' does not exist"):
        azure.chat.completions.create(model="nobody", **ASK)


def test_files_and_jobs(azure: AzureOpenAI, tmp_path: Path) -> None:
    path = write_examples(tmp_path / "t.jsonl", good_examples())
    file = azure.files.create(file=path, purpose="fine-tune")
    job = azure.fine_tuning.jobs.create(
        model="tiny", training_file=file.id, extra_body={"trainingType": "GlobalStandard"}
    )
    assert azure.fine_tuning.jobs.cancel(job.id).status == "cancelled"
    assert list(azure.fine_tuning.jobs.list_events(job.id))


@pytest.mark.parametrize("route", ["chat/completions", "completions", "embeddings"])
def test_an_engine_of_the_address_is_a_model(tiny_server: ServerProcess, route: str) -> None:
    """As the client of 2023 asks where a script says `engine=`."""
    body = ASK if route.startswith("chat") else {"prompt": "Hi", "max_tokens": 2}
    name = "tiny"
    if route == "embeddings":
        body, name = {"input": "Hi"}, "text-embedding-3-small"
    reply = tiny_server.http.post(f"/engines/{name}/{route}", json=body)
    assert (reply.status_code, reply.json()["model"]) == (200, name)


def test_a_deployment_of_the_address_needs_no_model_in_the_body(
    tiny_server: ServerProcess,
) -> None:
    root = tiny_server.url.removesuffix("/v1")
    url = f"{root}/openai/deployments/tiny/chat/completions?api-version=2023-05-15"
    assert tiny_server.http.post(url, json=ASK).json()["model"] == "tiny"
