"""Backs up a whole library into one file while it is in use, and restores it.

The file is a ZIP: `manifest.json` (format, time, and for every other member its size and SHA-256), `kilde.db` (a
consistent copy by SQLite's backup API) and `files/<sha256>`. Models are left out, as they can be unpacked or downloaded
again, and so are the vectors in `index/`, which are derived.
"""

from rag.store.backup.archive import check
from rag.store.backup.restorer import restore
from rag.store.backup.writer import Saved, backup

__all__ = ["Saved", "backup", "check", "restore"]
