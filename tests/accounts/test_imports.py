"""What a door needs of accounts costs no heavy import."""

from __future__ import annotations

import subprocess
import sys


def test_the_rules_of_accounts_load_without_the_database_libraries() -> None:
    light = ["gate", "gatekeeper", "ledger", "modes", "search_gate", "static_keys"]
    program = (
        f"import {', '.join(f'hydrophone.accounts.{name}' for name in light)}, hydrophone.storage\n"
        "import sys\n"
        "print([name for name in ('sqlalchemy', 'alembic', 'filelock') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
