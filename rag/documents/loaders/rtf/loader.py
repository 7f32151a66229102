"""RTF -> one page."""

from pathlib import Path

from rag.core.errors import EmptyFile, NothingReadable
from rag.documents.loaders.blocks import put
from rag.documents.loaders.omissions import Omissions
from rag.documents.loaders.page_builder import Budget, PageBuilder, title_of
from rag.documents.loaders.rtf.reader import Reader
from rag.documents.loaders.sandbox.child import Send


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends one frame {page, of, text, label} and {headings, title, notices}.

    Raises DamagedFile, ParsingLimit, EmptyFile, NothingReadable.
    """
    omissions = Omissions()
    reader = Reader(Path(path).read_bytes(), omissions)
    page = PageBuilder(Budget(characters))
    put(page, reader.blocks())
    if not page.text:
        raise NothingReadable() if any(True for _ in omissions.notices()) else EmptyFile()
    first_heading = next((title for level, title, _ in page.headings if level == 1), None)
    send(page=1, of=1, text=page.text, label=None)
    send(
        headings=[[1, *heading] for heading in page.headings],
        title=title_of(reader.title) or first_heading,
        notices=[*([["changes_tracked", {}]] if reader.is_tracked else []), *omissions.notices()],
    )
