"""The implementations that the suite runs on. To add one, add it to IMPLEMENTATIONS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rag.store.integrity.verify import verify
from rag.store.protocol import Store
from rag.store.sqlite import SqliteStore
from tests.store.conformance.builders import SPACE


@dataclass(frozen=True)
class Implementation:
    """open: a store that keeps what it has in a folder. durable: whether it is there when it is opened again.

    check: raises where a test left it inconsistent.
    """

    open: Callable[[Path], Store]
    durable: bool
    check: Callable[[Store], None]


def check_sqlite(store: Store) -> None:
    assert isinstance(store, SqliteStore)
    assert verify(store).problems == ()


IMPLEMENTATIONS = {
    "sqlite-folder": Implementation(SqliteStore, True, check_sqlite),
    "sqlite-memory": Implementation(lambda _: SqliteStore(None), False, check_sqlite),
}
DURABLE = [name for name, implementation in IMPLEMENTATIONS.items() if implementation.durable]


@pytest.fixture(params=IMPLEMENTATIONS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store that nothing was ever written to."""
    implementation = IMPLEMENTATIONS[request.param]
    store = implementation.open(tmp_path / "store")
    try:
        yield store
        implementation.check(store)
    finally:
        store.close()


@pytest.fixture
def store(empty: Store) -> Store:
    """A store with an active space and no documents."""
    empty.spaces.ensure(SPACE)
    return empty


@pytest.fixture(params=DURABLE)
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Opens one and the same store, again and again, or several times at once."""
    implementation = IMPLEMENTATIONS[request.param]
    opened: list[Store] = []

    def open_again() -> Store:
        opened.append(implementation.open(tmp_path / "store"))
        opened[-1].spaces.ensure(SPACE)
        return opened[-1]

    yield open_again
    for store in opened:
        store.close()
