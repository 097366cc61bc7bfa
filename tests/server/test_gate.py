"""The gate that lets one arm through at a time."""

import asyncio

import pytest

from shikomi.server.gate import Gate


class _Recorder:
    """Notes what ran beside what, and in which order arms were made ready."""

    def __init__(self) -> None:
        self.prepared: list[str] = []
        self.finished: list[str] = []
        self.inside: list[str] = []
        self.mixed = False
        self.most_together = 0

    async def prepare(self, arm: str) -> None:
        self.mixed |= bool(self.inside)
        await asyncio.sleep(0)
        if arm == "broken":
            raise RuntimeError("no such weights")
        self.prepared.append(arm)

    async def run(self, gate: Gate[str], arm: str, seconds: float = 0.002) -> None:
        async with gate.passing(arm):
            self.inside.append(arm)
            self.mixed |= len(set(self.inside)) > 1
            self.most_together = max(self.most_together, len(self.inside))
            await asyncio.sleep(seconds)
            self.inside.remove(arm)
        self.finished.append(arm)


def _gate(recorder: _Recorder) -> Gate[str]:
    return Gate(recorder.prepare, lambda arm: recorder.prepared[-1:] == [arm])


def test_arms_never_mix_and_each_switch_takes_all_that_wait() -> None:
    async def check() -> None:
        recorder = _Recorder()
        gate = _gate(recorder)
        await asyncio.gather(*(recorder.run(gate, arm) for arm in "abababab"))
        assert not recorder.mixed
        assert recorder.prepared == ["a", "b"]
        assert recorder.most_together == 4

    asyncio.run(check())


def test_a_busy_arm_cannot_starve_another() -> None:
    async def check() -> None:
        recorder = _Recorder()
        gate = _gate(recorder)

        async def stream_of_a() -> None:
            for _ in range(30):
                await recorder.run(gate, "a")

        busy = [asyncio.create_task(stream_of_a()) for _ in range(3)]
        await asyncio.sleep(0.01)
        await recorder.run(gate, "b")
        assert recorder.finished.count("a") < 30
        await asyncio.gather(*busy)
        assert not recorder.mixed

    asyncio.run(check())


def test_an_arm_that_cannot_be_made_ready_fails_its_own_requests_only() -> None:
    async def check() -> None:
        recorder = _Recorder()
        gate = _gate(recorder)
        broken = [asyncio.create_task(recorder.run(gate, "broken")) for _ in range(2)]
        good = asyncio.create_task(recorder.run(gate, "a"))
        for task in broken:
            with pytest.raises(RuntimeError, match="no such weights"):
                await task
        await good

    asyncio.run(check())


def test_a_request_cancelled_while_it_waits_does_not_block_the_others() -> None:
    async def check() -> None:
        recorder = _Recorder()
        gate = _gate(recorder)
        first = asyncio.create_task(recorder.run(gate, "a", 0.01))
        await asyncio.sleep(0.002)
        waiting = asyncio.create_task(recorder.run(gate, "b"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait_for(asyncio.gather(first, recorder.run(gate, "c")), 1)
        assert recorder.prepared == ["a", "c"]

    asyncio.run(check())
