"""The part of a frontier that is in memory: a few URLs of a few hosts, in fair rotation."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable

from hydrophone.crawl.walk.hosts import Host
from hydrophone.storage.index_db import IndexDatabase
from hydrophone.storage.index_db_frontier import FrontierPage, least_depth, list_due, list_due_hosts

HOSTS = 64
PENDING = 48
_REFILL_BELOW = 16
_REMEMBERED_HOSTS = 5_000


class Window:
    """Hosts with due URLs, refilled from the database; what is in it is not loaded again.

    With `by_depth` a URL waits until all that is nearer to the seeds has been looked at, so that
    a limit on the depth cuts off the same pages every time.
    """

    def __init__(
        self,
        database: IndexDatabase,
        crawl_id: int,
        make_host: Callable[[str], Host],
        now_us: Callable[[], int],
        *,
        by_depth: bool = False,
    ) -> None:
        self._database = database
        self._crawl_id = crawl_id
        self._make_host = make_host
        self._now_us = now_us
        self._level: int | None = 0 if by_depth else None
        self._hosts: dict[str, Host] = {}
        self._turns: deque[str] = deque()
        self._known: dict[str, set[int]] = {}
        self._full: set[str] = set()
        self._settled: set[int] = set()
        self._left: dict[str, Host] = {}
        self._news = True
        self.takes_fresh = True

    @property
    def hosts(self) -> tuple[str, ...]:
        """Hosts that are worked on, by name."""
        return tuple(sorted(self._turns))

    def take(self, now_s: float) -> tuple[Host, FrontierPage] | None:
        """The next page of the next host that may be asked now."""
        for _ in range(len(self._turns)):
            host = self._hosts[self._turns[0]]
            self._turns.rotate(-1)
            if host.ready_in_s(now_s) == 0.0:
                return host, host.take(now_s)
        return None

    def ready_in_s(self, now_s: float) -> float | None:
        """Seconds until some host may be asked; None when that does not depend on time."""
        waits = [self._hosts[name].ready_in_s(now_s) for name in self._turns]
        return min((wait for wait in waits if wait is not None), default=None)

    def settled(self, pages: Iterable[FrontierPage]) -> None:
        """What has become of these pages is in the database now."""
        for page in pages:
            self._settled.add(page.id)
            known = self._known.get(page.host)
            if known is not None:
                known.discard(page.id)
        self._news = True

    def look_again(self) -> None:
        """There may be more that is due."""
        self._news = True

    def failing(self) -> list[Host]:
        """Hosts that have failed too often and have not been left yet."""
        return [
            self._hosts[name]
            for name in self._turns
            if self._hosts[name].failing and name not in self._left
        ]

    def leave(self, host: Host) -> None:
        """Take nothing more of this host."""
        self._left[host.name] = host
        self._drop(host)

    @property
    def left_hosts(self) -> tuple[Host, ...]:
        """Hosts of which nothing more is taken."""
        return tuple(self._left.values())

    def _drop(self, host: Host) -> None:
        self._known.get(host.name, set()).difference_update(page.id for page in host.pending)
        host.pending.clear()
        self._news = True

    def stop_fresh(self) -> None:
        """Take no more URLs that were never fetched."""
        self.takes_fresh = False
        for name in self._turns:
            host = self._hosts[name]
            kept = [page for page in host.pending if not page.fresh]
            self._drop(host)
            self._known[name].update(page.id for page in kept)
            host.pending.extend(kept)

    async def refill(self) -> bool:
        """Load what is due where little is left; whether anything was loaded."""
        low = [name for name in self._turns if len(self._hosts[name].pending) < _REFILL_BELOW]
        wanted = [name for name in low if self._news or name in self._full]
        if not wanted and not self._news:
            return False
        news, self._news = self._news, False
        # What is settled while the database is read may be read as it was before.
        self._settled.clear()
        loaded = await self._database.read(lambda c: self._load(c, wanted, look_around=news))
        count = 0
        for name, pages in loaded.items():
            count += self._add(name, pages)
        self._let_go()
        return count > 0

    def skip_level(self, level: int | None) -> bool:
        """Go on to this depth; whether that is further than before."""
        if self._level is None or level is None or level <= self._level:
            return False
        self._level = level
        self._news = True
        return True

    async def next_level(self) -> bool:
        """Go on to the next depth when the nearer ones are done; whether there is one."""
        if self._level is None or not self.takes_fresh:
            return False
        now_us = self._now_us()
        return self.skip_level(
            await self._database.read(lambda c: least_depth(c, self._crawl_id, now_us))
        )

    def _load(
        self, connection: sqlite3.Connection, names: list[str], *, look_around: bool
    ) -> dict[str, list[FrontierPage]]:
        now_us = self._now_us()
        wanted = dict.fromkeys(names)
        ages = (True, False) if self.takes_fresh else (False,)
        if look_around and len(self._turns) < HOSTS:
            limit = HOSTS + len(self._turns) + len(self._left)
            for fresh in ages:
                found = list_due_hosts(connection, self._crawl_id, now_us, fresh=fresh, limit=limit)
                wanted.update(dict.fromkeys(n for n in found if n not in self._known))
                if len(found) == limit:
                    break
        for name in self._left:
            wanted.pop(name, None)
        places = HOSTS - len(self._turns) + len(names)
        loaded: dict[str, list[FrontierPage]] = {}
        for name in list(wanted)[: max(places, len(names))]:
            loaded[name] = []
            for fresh in ages:
                if len(loaded[name]) < PENDING:
                    loaded[name] += list_due(
                        connection,
                        self._crawl_id,
                        name,
                        now_us,
                        fresh=fresh,
                        limit=PENDING + len(self._known.get(name, ())),
                        max_depth=self._level if fresh else None,
                    )
        return loaded

    def _add(self, name: str, pages: list[FrontierPage]) -> int:
        known = self._known.setdefault(name, set())
        host = self._hosts.get(name)
        if host is None:
            host = self._hosts[name] = self._make_host(name)
        if name not in self._turns:
            self._turns.append(name)
        new = [page for page in pages if page.id not in known and page.id not in self._settled]
        host.pending.extend(new)
        known.update(page.id for page in new)
        if len(pages) >= PENDING:
            self._full.add(name)
        else:
            self._full.discard(name)
        return len(new)

    def _let_go(self) -> None:
        """Hosts without work leave their turn; their pace is remembered for a while."""
        idle = [name for name in self._turns if not self._known[name]]
        for name in idle:
            self._turns.remove(name)
            del self._known[name]
            self._full.discard(name)
        if len(self._hosts) > _REMEMBERED_HOSTS:
            for name in [n for n in self._hosts if n not in self._known][: len(idle) + 100]:
                del self._hosts[name]
