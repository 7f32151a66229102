from __future__ import annotations

import pytest

from rag.core.names import is_owner_file


@pytest.mark.parametrize(
    "name",
    [
        "~$aftale.docx", "mappe/~$pris.xlsx", ".~lock.brev.odt#", ".DS_Store", "m/.DS_Store", "Thumbs.db", "thumbs.db",
        "desktop.ini", "m\\Desktop.ini", "__MACOSX/a.txt", "__MACOSX/m/._a.txt", "._billede.png",
    ],
)  # fmt: skip
def test_what_programs_leave_for_themselves(name: str) -> None:
    assert is_owner_file(name)


@pytest.mark.parametrize("name", ["aftale.docx", "m/~aftale.docx", "$pris.xlsx", "Thumbs.dbx.txt", "ini.txt", "a/b.c"])
def test_what_people_have(name: str) -> None:
    assert not is_owner_file(name)
