"""Counts the API calls that pass, and refuses those it is told to."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from proxying import DENIED, THROTTLED, Answer, Call, Refusal, proxying

__all__ = ["DENIED", "THROTTLED", "Calls", "Refusal", "counting"]


class Calls:
    """The calls so far, by name, and what is refused."""

    url: str

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: Counter[str] = Counter()
        self._refused: dict[str, tuple[Refusal, int, int]] = {}
        self._answered: dict[str, Answer] = {}
        self._heard: dict[str, list[tuple[str, dict]]] = {}

    def refuse(
        self, name: str, refusal: Refusal, times: int = 1_000_000, passing: int = 0
    ) -> None:
        """Answers `times` calls of that name with an error, once `passing` more have passed."""
        with self._lock:
            self._refused[name] = (refusal, passing, times)

    def answer(self, name: str, document: dict) -> None:
        """Answers every call of that name, of a service that speaks JSON, with the document."""
        with self._lock:
            self._answered[name] = Answer(200, json.dumps(document).encode())

    def hear(self, *names: str) -> list[tuple[str, dict]]:
        """Returns what will be asked in calls of these names, of a service that speaks JSON, in turn."""
        heard: list[tuple[str, dict]] = []
        with self._lock:
            self._heard = dict.fromkeys(names, heard)
        return heard

    def allow_all(self) -> None:
        """Lets everything pass again."""
        with self._lock:
            self._refused.clear()
            self._answered.clear()

    def take(self) -> Counter[str]:
        """Returns the calls since the last take."""
        with self._lock:
            names, self._names = self._names, Counter()
        return names

    def before(self, call: Call) -> Answer | None:
        with self._lock:
            self._names[call.name] += 1
            if call.name in self._heard:
                self._heard[call.name].append((call.name, json.loads(call.body)))
            refusal, passing, times = self._refused.get(call.name, (None, 0, 0))
            if refusal is None or times == 0:
                return self._answered.get(call.name)
            if passing > 0:
                self._refused[call.name] = (refusal, passing - 1, times)
                return None
            self._refused[call.name] = (refusal, passing, times - 1)
        return refusal.answer(call)

    def after(self, call: Call, answer: Answer) -> Answer:
        return answer


@contextmanager
def counting(upstream: str) -> Iterator[Calls]:
    """Counts the calls to `upstream` until the block ends."""
    calls = Calls()
    with proxying(upstream, calls) as calls.url:
        yield calls
