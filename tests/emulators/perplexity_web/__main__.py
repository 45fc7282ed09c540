"""Runs the emulated service until Ctrl-C: `python -m tests.emulators.perplexity_web`.

Every scenario is brought up by its name as the question; /control/ has the rest (see control).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ssl
from pathlib import Path

from tests.emulators.perplexity_web.scenarios import answers
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.state import State
from tests.emulators.perplexity_web.tunnel import write_certificate

_LOOKS_S = 0.2


async def serve(port: int, certificates: Path | None) -> None:
    """Serve, and print each request and each mail."""
    tls = None
    if certificates is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(write_certificate(certificates))
    async with WebService(State(answers=answers()), tls=tls, port=port) as service:
        account = service.state.accounts[0]
        print(f"HYDROPHONE_SESSION_ORIGIN={service.origin}")
        print(f"PERPLEXITY_SESSION_TOKEN={account.token}")
        print(f"signs in as {account.email}; mails are printed here", flush=True)
        told = 0
        while True:
            await asyncio.sleep(_LOOKS_S)
            events = service.state.events
            for event in events[told:]:
                print(event, flush=True)
                if event.endswith("/api/auth/signin/email"):
                    mail = service.state.outbox[-1]
                    print(f"  code {mail['code']}, link {mail['link']}", flush=True)
            told = len(events)


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument("--tls", type=Path, help="a folder for a certificate of its own")
    given = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(given.port, given.tls))


if __name__ == "__main__":
    main()
