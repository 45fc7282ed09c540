"""A mini web on this machine: Debian's manuals on one nginx, an address and a name for each host.

The names are known to those processes only that `named.py` starts. nginx runs as an ordinary
process with a configuration of its own; its log says who asked for what, when, and for how long.
Linux only: it alone has all of 127.0.0.0/8 without being told.
"""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import manuals
from manuals import Manual

START_S, STOP_S = 20.0, 10.0
_TYPES = {
    "text/html": "html htm",
    "text/plain": "txt rst py",
    "text/css": "css",
    "text/xml": "xml",
    "application/atom+xml": "atom",
    "application/gzip": "gz",
    "application/javascript": "js",
    "application/pdf": "pdf",
    "image/png": "png",
    "image/svg+xml": "svg",
}
_LOG_FORMAT = (
    '{"end_s":$msec,"took_s":$request_time,"host":"$host","path":"$request_uri","status":$status,'
    '"sent_bytes":$bytes_sent,"agent":"$http_user_agent","type":"$sent_http_content_type"}'
)
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True, slots=True)
class Site:
    """A manual on a host: where it lies on the wire, and where a crawl of it begins."""

    name: str
    address: str
    manual: Manual
    seeds: tuple[str, ...] = ("/",)


def _site(name: str, number: int, package: str, folder: str, *seeds: str) -> Site:
    manual = Manual(package, folder, ("_sources",))
    return Site(f"{name}.test", f"127.0.10.{number}", manual, seeds or ("/",))


# Small ones first, so that a crawl of a few pages has many hosts.
SITES = (
    _site("faq", 20, "debian-faq", "usr/share/doc/debian/FAQ"),
    _site("maint", 21, "maint-guide", "usr/share/doc/maint-guide/html", "/index.en.html"),
    _site("devref", 22, "developers-reference", "usr/share/developers-reference"),
    _site("reference", 23, "debian-reference-en", "usr/share/debian-reference", "/index.en.html"),
    _site("policy", 24, "debian-policy", "usr/share/doc/debian-policy/policy.html"),
    _site("gobject", 25, "libglib2.0-doc", "usr/share/gtk-doc/html/gobject"),
    _site("git", 13, "git-doc", "usr/share/doc/git-doc", "/git.html"),
    _site("python", 10, "python3.11-doc", "usr/share/doc/python3.11/html"),
    _site("django", 11, "python-django-doc", "usr/share/doc/python-django-doc/html"),
    _site("postgres", 7, "postgresql-doc-15", "usr/share/doc/postgresql-doc-15/html"),
    _site("octave", 12, "octave-doc", "usr/share/doc/octave/octave.html", "/index.html"),
    _site("sqlite", 9, "sqlite3-doc", "usr/share/doc/sqlite3", "/index.html"),
)


@dataclass(frozen=True, slots=True)
class Server:
    """A host of the web; `directives` are lines of its nginx server block."""

    name: str
    address: str
    root: Path
    directives: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as nginx saw it; times are seconds since 1970, to the millisecond."""

    begin_s: float
    end_s: float
    host: str
    path: str
    status: int
    sent_bytes: int
    agent: str
    media_type: str


@dataclass(frozen=True, slots=True)
class MiniWeb:
    """A running web."""

    port: int
    addresses: Mapping[str, str]
    log: Path

    def url(self, name: str, path: str = "/") -> str:
        """An address in it."""
        return f"http://{name}:{self.port}{path}"

    def command(self, module: str, *arguments: str) -> list[str]:
        """The command line that runs a module which knows the names; `sys.executable` runs it."""
        script = str(Path(__file__).with_name("named.py"))
        return [sys.executable, script, json.dumps(self.addresses), module, *arguments]

    def asked(self) -> list[Asked]:
        """All requests so far that have ended, in the order of their beginning."""
        found = []
        for line in self.log.read_text("utf-8").splitlines():
            row = json.loads(line)
            found.append(
                Asked(
                    begin_s=row["end_s"] - row["took_s"],
                    end_s=row["end_s"],
                    host=row["host"],
                    path=row["path"],
                    status=row["status"],
                    sent_bytes=row["sent_bytes"],
                    agent=row["agent"],
                    media_type=row["type"].partition(";")[0],
                )
            )
        return sorted(found, key=lambda asked: asked.begin_s)

    def count(self) -> int:
        """How many requests there have been."""
        return self.log.read_bytes().count(b"\n")

    def forget(self) -> None:
        """Empty the log."""
        os.truncate(self.log, 0)


def missing() -> str | None:
    """What this machine lacks for a mini web, with what to do; None when it lacks nothing."""
    if sys.platform != "linux":
        return "the mini web needs Linux, where all of 127.0.0.0/8 is this machine"
    if nginx() is None:
        return "no nginx on this machine: `apt-get install nginx-light` brings it"
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            return f"no {tool} on this machine: the mini web's pages come from Debian's packages"
    return None


def nginx() -> str | None:
    """The program, which is not on everybody's path."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def fetch(sites: Sequence[Site]) -> dict[str, Path]:
    """The folder of each site by name, downloaded where it is not there yet.

    Raises RuntimeError when a package cannot be had.
    """
    return {site.name: asyncio.run(manuals.fetch(site.manual)) for site in sites}


def version(manual: Manual) -> str:
    """The version of an unpacked package, from the first line of its changelog."""
    folder = manuals.cache_folder() / manual.package / "usr/share/doc" / manual.package
    for name in ("changelog.Debian.gz", "changelog.gz"):
        if (folder / name).exists():
            with gzip.open(folder / name, "rt", encoding="utf-8") as lines:
                return next(lines).partition("(")[2].partition(")")[0]
    return "unknown"


def servers(sites: Sequence[Site]) -> list[Server]:
    """The sites as they are, without anything added."""
    folders = fetch(sites)
    return [Server(site.name, site.address, folders[site.name]) for site in sites]


@contextmanager
def running(servers: Sequence[Server], folder: Path) -> Iterator[MiniWeb]:
    """nginx with these hosts, its files in `folder`; leaving stops it. Raises RuntimeError."""
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port(server.address for server in servers)
    web = MiniWeb(port, {one.name: one.address for one in servers}, folder / "access.log")
    config = folder / "nginx.conf"
    config.write_text(_configuration(servers, port, folder), "utf-8")
    program = nginx()
    if program is None:
        raise RuntimeError(missing())
    errors = folder / "error.log"
    process = subprocess.Popen(
        [program, "-p", str(folder), "-e", str(errors), "-c", str(config)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(process, servers[0], port, errors)
        # The line about that question is written a little after its answer.
        while not web.count():
            time.sleep(0.01)
        web.forget()
        yield web
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _configuration(servers: Sequence[Server], port: int, folder: Path) -> str:
    types = "".join(f"    {name} {suffixes};\n" for name, suffixes in _TYPES.items())
    temporary = "".join(f"  {name}_temp_path {folder}/{name};\n" for name in _TEMPORARY)
    blocks = "".join(_block(server, port) for server in servers)
    # Root's nginx would read as somebody else, who may not enter a test's folder.
    user = "user root;\n" if os.geteuid() == 0 else ""
    return (
        f"{user}daemon off;\nworker_processes 1;\npid {folder}/nginx.pid;\n"
        f"events {{ worker_connections 1024; }}\n"
        f"http {{\n  types {{\n{types}  }}\n{temporary}"
        "  default_type application/octet-stream;\n"
        f"  log_format asked escape=json '{_LOG_FORMAT}';\n"
        f"  access_log {folder}/access.log asked;\n"
        "  sendfile on;\n  gzip on;\n  gzip_proxied any;\n  server_tokens off;\n"
        f"{blocks}}}\n"
    )


def _block(server: Server, port: int) -> str:
    return (
        f"  server {{\n    listen {server.address}:{port};\n    server_name {server.name};\n"
        f'    root "{server.root}";\n    index index.html index.en.html;\n'
        f"{server.directives}\n  }}\n"
    )


def _free_port(addresses: Iterator[str]) -> int:
    """A port that is free on every address."""
    wanted = list(addresses)
    for _ in range(20):
        with socket.socket() as probe:
            probe.bind((wanted[0], 0))
            port = int(probe.getsockname()[1])
        if all(_is_free(address, port) for address in wanted):
            return port
    raise RuntimeError("no port is free on all addresses of the mini web")


def _is_free(address: str, port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def _wait(process: subprocess.Popen[bytes], server: Server, port: int, errors: Path) -> None:
    """Until nginx answers anything."""
    deadline_s = time.monotonic() + START_S
    while time.monotonic() < deadline_s and process.poll() is None:
        connection = http.client.HTTPConnection(server.address, port, timeout=1.0)
        try:
            connection.request("GET", "/robots.txt", headers={"Host": server.name})
            connection.getresponse().read()
        except OSError:
            time.sleep(0.02)
        else:
            return
        finally:
            connection.close()
    said = errors.read_text("utf-8", "replace")[-2000:] if errors.exists() else ""
    raise RuntimeError(f"nginx did not start (exit code {process.poll()}): {said}")
