"""Serves a small model's file with llama.cpp on loopback until its input ends.

Run by the interpreter of .venv-model: `python small_model_server.py FILE`; the first line that it
prints is the address.
"""

from __future__ import annotations

import sys

import xllamacpp


def main() -> None:
    """Serve until nobody holds the other end of the standard input."""
    params = xllamacpp.CommonParams()
    params.model.path = sys.argv[1]
    params.n_ctx = 4096
    params.n_parallel = 1
    # One thread: two on two busy cores wait for each other.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.verbosity = 0
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
