"""Answers that differ from the server's: they lag, or they get lost."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from proxying import Answer, Call, proxying


class Answers:
    """What becomes of the answers on their way back, by the call's name."""

    url: str

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lost: Counter[str] = Counter()
        self._altered: dict[str, Callable[[dict], None]] = {}

    def lose(self, name: str) -> None:
        """Loses the next answer to a call that the server carries out."""
        with self._lock:
            self._lost[name] += 1

    def alter(self, name: str, change: Callable[[dict], None]) -> None:
        """Changes every answer to a call of the JSON protocol."""
        with self._lock:
            self._altered[name] = change

    def all_lost(self) -> bool:
        """Whether every answer that was to be lost has been."""
        with self._lock:
            return self._lost.total() == 0

    def before(self, call: Call) -> Answer | None:
        return None

    def after(self, call: Call, answer: Answer) -> Answer:
        with self._lock:
            if self._lost[call.name] > 0:
                self._lost[call.name] -= 1
                return Answer(500, b"")
            change = self._altered.get(call.name)
        if change is None or answer.status != 200:
            return answer
        content = json.loads(answer.content)
        change(content)
        return Answer(answer.status, json.dumps(content).encode(), answer.headers)


@contextmanager
def altering(upstream: str) -> Iterator[Answers]:
    """Alters the answers of `upstream` until the block ends."""
    answers = Answers()
    with proxying(upstream, answers) as answers.url:
        yield answers
