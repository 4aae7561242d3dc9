"""Rules that hold for every test: no skip that is not permitted, nothing of the caller's settings."""

import pytest

from permitted_skips import forbidden

_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    # an expected failure is a skip by another name
    if report.skipped or hasattr(report, "wasxfail"):
        _skipped.append(f"pytest {report.nodeid}")


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        _skipped.append(f"pytest {report.nodeid}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if forbidden(_skipped) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name in forbidden(_skipped):
        terminalreporter.write_line(
            f"error: `{name}` was skipped and tests/permitted-skips.txt does not permit it", red=True
        )
