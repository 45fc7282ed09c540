"""Hydrophone's doors, keys, gate and ledger over a scripted answerer: their cost without a model.

    HYDROPHONE_API_KEYS=secret python benchmarks/instant.py --port 9002 --data-dir FOLDER

The model `whole` answers at once with the text of the fake model's whole reply, `paced` with that
of its stream, a piece every 10 ms.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import uvicorn
import uvloop

from fake_model import PAUSE_S, STREAM_TOKENS, WHOLE_TOKENS, text, tokens
from hydrophone.accounts.durable_ledger import DurableLedger
from hydrophone.accounts.gate import Gate
from hydrophone.accounts.gatekeeper import Gatekeeper
from hydrophone.accounts.keys import KeyStore
from hydrophone.accounts.static_keys import StaticKeys
from hydrophone.api.application import build_application
from hydrophone.errors import InvalidModel, InvalidRequest
from hydrophone.ports import Answerer, House, ModelCard, Preset
from hydrophone.scripted import ScriptedAnswerer, ScriptItem, instant
from hydrophone.storage.state import open_state
from hydrophone.types import (
    Event,
    Finished,
    Question,
    RequestContext,
    Secret,
    Sources,
    Text,
    Usage,
)


class Scripts:
    """The two scripted models, as answerer and as list."""

    def __init__(self) -> None:
        paced: list[ScriptItem] = [Sources(complete=True)]
        for token in tokens(STREAM_TOKENS):
            paced += [Text(token), PAUSE_S]
        paced.append(Finished("stop", Usage()))
        self._answerers: dict[str, Answerer] = {
            "whole": instant(text(WHOLE_TOKENS)),
            "paced": ScriptedAnswerer(paced),
        }

    def cards(self) -> Sequence[ModelCard]:
        """Both models."""
        return [ModelCard(model, 0, "benchmarks") for model in self._answerers]

    def card(self, model: str) -> ModelCard:
        """One of them."""
        if model not in self._answerers:
            raise InvalidModel(f"there is no model {model!r}", param="model")
        return ModelCard(model, 0, "benchmarks")

    def preset(self, name: str) -> Preset:
        """None."""
        raise InvalidRequest(f"there is no preset {name!r}", param="preset")

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Play the model's script."""
        return self._answerers[question.model].answer(question, context)


async def serve(port: int, data_dir: Path, keys: Sequence[str]) -> None:
    """Serve until told to stop, with the ledger in `data_dir`."""
    async with AsyncExitStack() as stack:
        state = await open_state(data_dir / "state.db")
        stack.push_async_callback(state.close)
        ledger = DurableLedger(state)
        stack.push_async_callback(ledger.close)
        scripts = Scripts()
        accounts = Gatekeeper("keys", KeyStore(state), StaticKeys(map(Secret, keys)))
        house = House(Gate(scripts, ledger), accounts, scripts)
        doors = build_application(
            house, max_body_bytes=1_000_000, default_model="whole", cors_origins=["*"]
        )
        config = uvicorn.Config(doors, port=port, log_level="warning", access_log=False)
        await uvicorn.Server(config).serve()


def main() -> None:
    """Read the arguments, and the keys from the environment."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    options = parser.parse_args()
    keys = os.environ["HYDROPHONE_API_KEYS"].split(",")
    uvloop.run(serve(options.port, options.data_dir, keys))


if __name__ == "__main__":
    main()
