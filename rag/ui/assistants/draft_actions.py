"""What becomes of a draft: it is kept as a version, discarded, deleted, or gives way to an earlier version."""

from __future__ import annotations

from dataclasses import replace

from rag.conversations.assistants.file_format import free_name
from rag.core.types import Assistant
from rag.ui.assistants.drafts import Draft, Message, attempt, close, editing, gather, new_draft, open_one, show
from rag.ui.assistants.form_data import cleaned
from rag.ui.i18n import t
from rag.ui.shell.formatting import plain
from rag.ui.shell.session import library


def keep_new(assistant: Assistant) -> None:
    """Keeps a new assistant under a name that is free, and opens it."""
    taken = [one.name for one in library().assistants.all()]
    kept = library().assistants.save(replace(assistant, id=0, version=0, name=free_name(assistant.name, taken)))
    open_one(kept.id)
    editing().message = Message("success", t("assistant_made", name=plain(kept.name)))


def save(key: int) -> None:
    """Keeps the draft as a new version, or says why it cannot be."""
    attempt(lambda: _save(key))


def _save(key: int) -> None:
    state = editing()
    draft = gather(key)
    if key > 0 and not library().assistants.is_there(key):
        # deleted in another tab: what stands here can still be kept, as another one
        del state.drafts[key]
        new_draft(draft.now)
        state.message = Message("warning", t("assistant_gone_meanwhile"))
        return
    wanted = replace(cleaned(draft.now), id=max(key, 0), version=0)
    before = library().assistants.get(key).version if key > 0 else 0
    kept = library().assistants.save(wanted)
    meanwhile = before > draft.kept.version
    del state.drafts[key]
    state.drafts[kept.id] = Draft(kept, kept)
    if kept.id == key:
        show(key)
    else:
        open_one(kept.id)
    words = t("assistant_saved", name=plain(kept.name), version=kept.version)
    if meanwhile:
        words = f"{words} {t('assistant_saved_over', version=before)}"
    state.message = Message("warning" if meanwhile else "success", words)


def discard(key: int) -> None:
    """Back to what is kept; a new one is gone."""
    state = editing()
    draft = state.drafts[key]
    if key < 0:
        del state.drafts[key]
        close()
        return
    draft.now = draft.kept
    show(key)


def remove(key: int) -> None:
    """Deletes an assistant, as `Assistants.remove` does."""

    def take_away() -> None:
        name = library().assistants.get(key).name
        library().assistants.remove(key)
        editing().drafts.pop(key, None)
        close()
        editing().message = Message("success", t("assistant_deleted", name=plain(name)))

    attempt(take_away)


def take_up(key: int, version: int) -> None:
    """Makes an earlier version the newest."""

    def again() -> None:
        gather(key)
        kept = library().assistants.save(library().assistants.get(key, version))
        state = editing()
        state.drafts[key] = Draft(kept, kept)
        state.looking_at = None
        if state.shown == key:
            show(key)
        state.message = Message("success", t("version_taken_up", old=version, version=kept.version))

    attempt(again)


def undo(key: int, version: int) -> None:
    """Goes back to `version` for what was added after it; what else was changed in the form stays."""

    def back() -> None:
        state = editing()
        added = set(library().assistants.get(key).examples)
        kept = library().assistants.save(library().assistants.get(key, version))
        added.difference_update(kept.examples)
        if key in state.drafts:
            draft = gather(key)
            draft.kept = kept
            draft.now = replace(draft.now, examples=tuple(e for e in draft.now.examples if e not in added))
            show(key)
        state.message = Message("success", t("undone", version=kept.version))

    attempt(back)
