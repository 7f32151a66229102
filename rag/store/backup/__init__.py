"""A whole library as one file, written while it is in use, and restored.

The file is a ZIP: `manifest.json` (format, when, and for every other member its size and SHA-256), `kilde.db` (SQLite's
own backup, of one moment) and `files/<sha256>`. Models are left out: they are unpacked or downloaded again. The vectors
in `index/` are too: they are derived.
"""

from rag.store.backup.archive import check
from rag.store.backup.restorer import restore
from rag.store.backup.writer import Saved, backup

__all__ = ["Saved", "backup", "check", "restore"]
