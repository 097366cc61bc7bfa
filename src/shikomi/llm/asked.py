"""What one `ask_all` is asked: each request once for all that ask it, answered from the ledger
where it can be. How the others are sent is for a session to say."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Generic, TypeVar

from shikomi.errors import ParseError
from shikomi.llm.gateway import Gateway, Reply
from shikomi.llm.jobs import Ended, Job
from shikomi.llm.reading import TRUNCATED
from shikomi.store import calls
from shikomi.types import Request

S = TypeVar("S")
T = TypeVar("T")


class Asked(Generic[S, T]):
    """`unsent` are jobs for the session to send; it puts into `ended` what came of them. `active`
    counts the jobs that are not handed out yet.

    `take_up` may keep a job that it finds under way already: True, and it is not sent.
    """

    def __init__(
        self,
        gateway: Gateway,
        asks: Iterable[tuple[S, Request]],
        parse: Callable[[str], T],
        *,
        parse_tries: int,
        take_up: Callable[[Job[S]], bool] = lambda job: False,
    ) -> None:
        self._gateway = gateway
        self._asks = iter(asks)
        self._parse = parse
        self._parse_tries = parse_tries
        self._take_up = take_up
        self._jobs: dict[str, Job[S]] = {}  # by every key that a job has had
        self.active = 0
        self.unsent: list[Job[S]] = []
        self.ended: deque[Ended[S]] = deque()

    def pull(self) -> bool:
        """Take in one more ask. False where there is none."""
        ask = next(self._asks, None)
        if ask is None:
            return False
        subject, request = ask
        key = request.key
        if twin := self._jobs.get(key):
            twin.subjects.append(subject)
            return True
        self.active += 1
        self._resolve(Job(request=request, key=key, subjects=[subject]))
        return True

    def _resolve(self, job: Job[S]) -> None:
        """Replay, or line up for sending under the first sample number that may be asked."""
        store = self._gateway.store
        while True:
            self._jobs[job.key] = job
            job.keys.append(job.key)
            cut_off = calls.takes_cut_off(job.request)
            if call := calls.find_answer(store, job.key, cut_off=cut_off):
                error = TRUNCATED if call.status == "truncated" else None
                ended = Ended(job, call.id, call.response, call.usage, error, replayed=True)
                self.ended.append(ended)
                return
            if not calls.is_unparsed(store, job.key):
                if not self._take_up(job):
                    self.unsent.append(job)
                return
            if self._step(job):
                return

    def _step(self, job: Job[S]) -> bool:
        """Move to the next sample number. True where another job has it already."""
        job.request = replace(job.request, sample=job.request.sample + 1)
        job.key = job.request.key
        twin = self._jobs.get(job.key)
        if twin is None:
            return False
        twin.subjects += job.subjects
        self._retire(job, heir=twin)
        return True

    def _retire(self, job: Job[S], *, heir: Job[S] | None = None) -> None:
        for key in job.keys:
            if heir is None:
                del self._jobs[key]
            else:
                self._jobs[key] = heir
                heir.keys.append(key)
        self.active -= 1

    def hand_out(self, most: int) -> Iterator[Reply[S, T]]:
        """At most so many of what has ended; a reply that cannot be parsed is asked again."""
        for _ in range(min(len(self.ended), most)):
            ended = self.ended.popleft()
            value, error = self._value(ended)
            if error and _breaks_schema(ended) and self._ask_again(ended.job):
                continue
            self._retire(ended.job)
            for subject in ended.job.subjects:
                yield Reply(
                    subject=subject,
                    call_id=ended.call_id,
                    value=value,
                    error=error,
                    usage=ended.usage,
                    text=ended.text,
                    replayed=ended.replayed,
                )

    def _value(self, ended: Ended[S]) -> tuple[T | None, str | None]:
        if ended.error is not None or ended.text is None:
            return None, ended.error or "the reply is empty"
        try:
            return self._parse(ended.text), None
        except ParseError as error:
            calls.mark_unparsed(self._gateway.store, ended.call_id, str(error))
            return None, str(error)

    def _ask_again(self, job: Job[S]) -> bool:
        job.parse_tries += 1
        if job.parse_tries >= self._parse_tries:
            return False
        job.faults, job.not_before = 0, 0.0
        if not self._step(job):
            self._resolve(job)
        return True


def _breaks_schema(ended: Ended[S]) -> bool:
    """Whether another sample may come out right: the reply is there but not in the asked-for
    form, or ran on until it was cut off before its form was complete."""
    if ended.error is None:
        return True
    return ended.error == TRUNCATED and not calls.takes_cut_off(ended.job.request)
