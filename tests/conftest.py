"""For all tests: where HYDROPHONE_NO_SKIPS=1, what was skipped counts as failed.

Tests may be spread over processes (`-n`); the one that started them is told of every report.
"""

from __future__ import annotations

import os

import pytest

NO_SKIPS = "skipped, and HYDROPHONE_NO_SKIPS=1 makes that a failure"


class Skips:
    """Notes what was skipped, and fails a run that was fine but for that."""

    def __init__(self) -> None:
        self.noted: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def _note(self, report: pytest.CollectReport | pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            where = report.longrepr
            reason = where[2] if isinstance(where, tuple) else str(where)
            self.noted.append(f"{report.nodeid}: {reason}")

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self.noted and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.noted:
            terminalreporter.section(NO_SKIPS, red=True)
            for line in self.noted:
                terminalreporter.line(line)


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("HYDROPHONE_NO_SKIPS") == "1":
        config.pluginmanager.register(Skips())
