"""The scripted server on standard input and output: `python -m tests.mcp.standard_input [slow]`.

At its end it tells on standard error how its answers ended.
"""

from __future__ import annotations

import asyncio
import sys

from hydrophone.types import Finished, Sources, Step, Text, Usage
from tests.api.serving import SCRIPT
from tests.mcp.serving import behind, server_over

SLOW = [
    Step("s", "web_search", queries=("q",)),
    Sources(complete=True),
    Text("Wha"),
    600.0,
    Finished("stop", Usage()),
]

if __name__ == "__main__":
    served = behind(SLOW if "slow" in sys.argv else SCRIPT)
    asyncio.run(server_over(served.house).run_stdio_async())
    print(*(row.outcome for row in served.ledger.rows), file=sys.stderr)
