"""A run that is cut short at any call: killed, refused, not answered. The next one finds what it left
and comes to the same end, with nothing made twice and nothing live overwritten."""

import queue
import signal
import subprocess
import threading
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import estate
import servers
from cli import Cli
from estate import Estate
from proxying import DENIED, THROTTLED, Answer, Broken, Call, proxying

# each waits more than it works
AT_ONCE = 6
SILENCE_SECONDS = 11
MANY_RUNS_SECONDS = 900
READS = ("Describe", "Get", "List", "Validate")
# a default for what a person has set already: it would show if it were sent again
OWNER = "    keys: [MIYABI_REPO_OWNER]\n"
# the example's own policy beside what the function reads
FUNCTION = "reads: [api-keys, config] }"
POLICIES = "reads: [api-keys, config], policies: [policies/miyabi-lambda-github-access.json] }"
assert OWNER in estate.MANIFEST and FUNCTION in estate.MANIFEST
MANIFEST = estate.MANIFEST.replace(
    OWNER, "    keys: { MIYABI_REPO_OWNER: { default: nobody } }\n"
).replace(FUNCTION, POLICIES)
# what is there already comes under the new key, whose policy lets others read
APPLY = ("--yes", "--allow-widening")
# nothing but that version, as it was
LIVE = {estate.LIVE_VERSION: (["AWSCURRENT"], estate.LIVE_VALUE)}


@dataclass
class Cut:
    """Does something at one call of a run, before it reaches the server or before its answer is back."""

    number: int
    act: Callable[[Call], Answer | None]
    when: str = "before"
    begun: threading.Event = field(default_factory=threading.Event)
    names: list[str] = field(default_factory=list)

    def before(self, call: Call) -> Answer | None:
        self.begun.wait(10)
        self.names.append(call.name)
        return self.act(call) if self.when == "before" and call.number == self.number else None

    def after(self, call: Call, answer: Answer) -> Answer:
        if self.when == "after" and call.number == self.number:
            return self.act(call) or answer
        return answer


@pytest.fixture(scope="module")
def estates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[queue.Queue[Estate]]:
    """As many moto's as runs go on at once."""
    free: queue.Queue[Estate] = queue.Queue()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = [servers.moto(tmp_path_factory.mktemp("moto")) for _ in range(AT_ONCE)]
        try:
            for server in pool.map(lambda context: context.__enter__(), running):
                free.put(Estate(server.url))
            yield free
        finally:
            for context in running:
                context.__exit__(None, None, None)


@pytest.fixture(scope="module")
def whole(estates: queue.Queue[Estate], tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, list[str]]:
    """What an apply leaves that nothing disturbs, and the calls that it makes."""
    with borrowed(estates) as place:
        watching = Cut(0, lambda _: None)
        watching.begun.set()
        with proxying(place.url, watching) as url:
            estate.cli(tmp_path_factory.mktemp("whole"), url, MANIFEST)(*APPLY)
        assert place.live() == LIVE
        return place.everything(), watching.names


class borrowed:
    """A moto for a while, with nothing of the project's but a secret that a person has put a value into."""

    def __init__(self, estates: queue.Queue[Estate]) -> None:
        self.estates = estates

    def __enter__(self) -> Estate:
        self.place = self.estates.get()
        request = urllib.request.Request(f"{self.place.url}/moto-api/reset", method="POST")
        urllib.request.urlopen(request, timeout=10).close()
        self.place.prepare()
        self.place.put_live_value()
        return self.place

    def __exit__(self, *_: object) -> None:
        self.estates.put(self.place)


def killed(process: list[subprocess.Popen]) -> Callable[[Call], Answer | None]:
    def act(_: Call) -> Answer | None:
        process[0].send_signal(signal.SIGKILL)
        process[0].wait()
        raise Broken

    return act


def in_parallel(work: Callable, cases: list) -> list:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(work, cases))


@pytest.mark.timeout(MANY_RUNS_SECONDS)
def test_a_run_killed_at_any_call_is_finished_by_the_next(
    estates: queue.Queue[Estate], whole: tuple[dict, list[str]], tmp_path: Path
) -> None:
    expected, calls = whole
    points = [(number, when) for number in range(1, len(calls) + 1) for when in ("before", "after")]

    def run(point: tuple[int, str]) -> str | None:
        number, when = point
        folder = tmp_path / f"{number}-{when}"
        folder.mkdir()
        process: list[subprocess.Popen] = []
        cut = Cut(number, killed(process), when)
        with borrowed(estates) as place:
            with proxying(place.url, cut) as url:
                cli = estate.cli(folder, url, MANIFEST)
                process.append(
                    subprocess.Popen(
                        cli.command(*APPLY),
                        cwd=folder,
                        env=cli.environment(),
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL,
                    )
                )
                cut.begun.set()
                code = process[0].wait(60)
            alive = place.live()
            estate.cli(folder, place.url, MANIFEST)(*APPLY)
            same = place.everything() == expected
            lost = [when for when, found in (("then", alive), ("in the end", place.live())) if found != LIVE]
        # where calls go on at once their number may differ by a few
        if code != -signal.SIGKILL and number < len(calls) - AT_ONCE:
            return f"{point} was not killed: {code}"
        if lost:
            return f"killed {when} call {number}, {cut.names[-1]}: a live value is lost {lost}"
        return None if same else f"killed {when} call {number}, {cut.names[-1]}: another end"

    wrong = [problem for problem in in_parallel(run, points) if problem]
    print(f"{len(points)} kill points: before and after each of {len(calls)} calls")
    assert wrong == []


def silent(_: Call) -> Answer | None:
    """Answers when nobody waits any more what the server did at once."""
    threading.Event().wait(SILENCE_SECONDS)
    return None


def broken(_: Call) -> Answer | None:
    raise Broken


FAULTS: dict[str, Callable[[Call], Answer | None]] = {
    "throttled": THROTTLED.answer,
    "denied": DENIED.answer,
    "failed": lambda _: Answer(500, b""),
    "reset": broken,
    "silent": silent,
}


@pytest.mark.timeout(MANY_RUNS_SECONDS)
def test_a_fault_at_any_call_is_got_over_or_told(
    estates: queue.Queue[Estate], whole: tuple[dict, list[str]], tmp_path: Path
) -> None:
    expected, calls = whole
    # what KMS is asked again and again until it shows what was written counts once
    numbers = [
        number
        for number, name in enumerate(calls, 1)
        if not name.startswith(READS) or name not in calls[: number - 1]
    ]
    points = [(number, fault) for number in numbers for fault in FAULTS]

    def run(point: tuple[int, str]) -> tuple[str, str | None]:
        number, fault = point
        folder = tmp_path / f"{number}-{fault}"
        folder.mkdir()
        cut = Cut(number, FAULTS[fault], "after" if fault == "silent" else "before")
        cut.begun.set()
        with borrowed(estates) as place:
            with proxying(place.url, cut) as url:
                first = estate.cli(folder, url, MANIFEST)(*APPLY, code=None)
            problem = told(first, fault)
            alive = place.live()
            if first.code != 0:
                estate.cli(folder, place.url, MANIFEST)(*APPLY)
            if place.everything() != expected:
                problem = "another end"
            if alive != LIVE or place.live() != LIVE:
                problem = "a live value is lost"
        name = cut.names[number - 1] if number <= len(cut.names) else "no call"
        return f"{fault} exit {first.code}", problem and f"{fault} at call {number}, {name}: {problem}"

    outcomes = in_parallel(run, points)
    print(f"{len(points)} faults: {dict(sorted(Counter(what for what, _ in outcomes).items()))}")
    wrong = [problem for _, problem in outcomes if problem]
    print(*wrong, sep="\n")
    assert wrong == []


def told(outcome, fault: str) -> str | None:
    """Returns what is wrong with how a run ended under a fault."""
    if outcome.code == 0:
        # nothing else is refused for good; reading without a right may go another way
        return None
    if outcome.code not in (1, 4) or "hint:" not in outcome.stderr:
        return f"exit {outcome.code} without a hint: {outcome.stderr}"
    if fault in ("throttled",):
        return f"not got over: {outcome.stderr}"
    return None
