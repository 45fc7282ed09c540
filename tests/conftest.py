"""For all tests: where HYDROPHONE_NO_SKIPS=1, what was skipped counts as failed."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

_skipped = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_skipped] = []


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Iterator[None]:
    report = yield
    _note(collector.config, report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    _note(item.config, report)
    return report


def _note(config: pytest.Config, report: pytest.CollectReport | pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        where = report.longrepr
        reason = where[2] if isinstance(where, tuple) else str(where)
        config.stash[_skipped].append(f"{report.nodeid}: {reason}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if _skips_are_failures(session.config) and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if _skips_are_failures(config):
        terminalreporter.section(
            "skipped, and HYDROPHONE_NO_SKIPS=1 makes that a failure", red=True
        )
        for line in config.stash[_skipped]:
            terminalreporter.line(line)


def _skips_are_failures(config: pytest.Config) -> bool:
    return os.environ.get("HYDROPHONE_NO_SKIPS") == "1" and bool(config.stash[_skipped])
