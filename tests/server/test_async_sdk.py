"""The official SDK's asynchronous client, resource by resource, several calls at a time."""

import asyncio
import json

from openai import AsyncOpenAI

from serving import ServerProcess, good_examples

LINES = "".join(json.dumps(line) + "\n" for line in good_examples() * 10).encode()
ASK = {"model": "tiny", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 2}
BATCH_LINE = {"custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": ASK}


def test_every_resource_answers_the_asynchronous_client(tiny_server: ServerProcess) -> None:
    async def use() -> None:
        async with AsyncOpenAI(base_url=tiny_server.url, api_key="x", max_retries=0) as sdk:
            await asyncio.gather(_files_and_jobs(sdk), _batches(sdk), _answers(sdk))

    asyncio.run(use())


async def _files_and_jobs(sdk: AsyncOpenAI) -> None:
    file = await sdk.files.create(file=("t.jsonl", LINES), purpose="fine-tune")
    assert (await sdk.files.content(file.id)).content == LINES
    jobs, long = sdk.fine_tuning.jobs, {"n_epochs": 50, "batch_size": 1}
    created = [
        await jobs.create(model="tiny", training_file=file.id, suffix=f"n{n}", hyperparameters=long)
        for n in range(2)
    ]
    newest = jobs.list(limit=1).__aiter__()  # other tests may have left a hundred
    assert {(await anext(newest)).id for _ in created} == {job.id for job in created}
    for job in created:
        assert (await jobs.retrieve(job.id)).status in ("validating_files", "queued", "running")
        assert (await jobs.cancel(job.id)).status == "cancelled"
        assert [event async for event in jobs.list_events(job.id)]
        assert [each async for each in jobs.checkpoints.list(job.id)] == []


async def _batches(sdk: AsyncOpenAI) -> None:
    content = (json.dumps(BATCH_LINE) + "\n").encode()
    file = await sdk.files.create(file=("b.jsonl", content), purpose="batch")
    batch = await sdk.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    while (await sdk.batches.retrieve(batch.id)).status not in ("completed", "failed"):
        await asyncio.sleep(0.1)
    assert (await sdk.batches.retrieve(batch.id)).status == "completed"
    assert batch.id in [each.id async for each in sdk.batches.list()]


async def _answers(sdk: AsyncOpenAI) -> None:
    assert "tiny" in [model.id async for model in sdk.models.list()]
    assert (await sdk.models.retrieve("tiny")).object == "model"
    answers = await asyncio.gather(*(sdk.chat.completions.create(**ASK) for _ in range(4)))
    assert all(answer.choices for answer in answers)
    stream = await sdk.chat.completions.create(**ASK, stream=True)
    assert [chunk async for chunk in stream]
    found = await sdk.embeddings.create(model="text-embedding-3-small", input=["a", "b"])
    assert len(found.data) == 2
