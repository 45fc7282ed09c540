"""Start a program that cannot open a network socket, whatever happens inside it (Linux).

Run as a script: the interpreter gives itself a seccomp filter (seccomp(2)), which the kernel keeps
for the program that takes its place and for all its children, and needs no privileges for. Sockets
of this machine's own processes (AF_UNIX) and questions to the kernel (AF_NETLINK) remain.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import socket
import struct
import sys

# Architecture as seccomp sees it, and its number of socket(2).
_ARCHITECTURES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
_IO_URING_SETUP = 425
_X32_CALLS = 0x40000000
_ALLOW = 0x7FFF0000
_DENY = 0x00050000 | errno.EACCES
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_CALL_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2


def is_possible() -> bool:
    """Whether this system has what it takes."""
    return sys.platform == "linux" and platform.machine() in _ARCHITECTURES


def _filter(architecture: int, socket_call: int) -> bytes:
    """The filter: code, jump if true, jump if false, value; jumps count from the next line."""
    lines = (
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _DENY),
        (_LOAD, 0, 0, _CALL_NUMBER),
        (_EQUAL, 4, 0, socket_call),
        # io_uring can open sockets, too, and the x32 calls have numbers of their own.
        (_EQUAL, 2, 0, _IO_URING_SETUP),
        (_AT_LEAST, 1, 0, _X32_CALLS),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_EQUAL, 1, 0, socket.AF_UNIX),
        (_EQUAL, 0, 1, socket.AF_NETLINK),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
    )
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_char_p))


def _shut() -> None:
    """Raises OSError when the kernel does not take the filter."""
    lines = _filter(*_ARCHITECTURES[platform.machine()])
    program = _Program(len(lines) // 8, lines)
    libc = ctypes.CDLL(None, use_errno=True)
    prctl = libc.prctl
    prctl.argtypes = (ctypes.c_int, *(ctypes.c_ulong,) * 4)
    address = ctypes.addressof(program)
    for arguments in (
        (_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, address, 0, 0),
    ):
        if prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), "seccomp")


if __name__ == "__main__":
    _shut()
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606, this is what it is for
