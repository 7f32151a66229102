"""The actions on a draft: save it as a version, discard it, delete the assistant, restore a version."""

from dataclasses import replace

from rag.conversations.assistants.file_format import free_name
from rag.core.types import Assistant
from rag.ui.assistants.drafts import (
    Draft,
    Message,
    attempt,
    close_form,
    edit_state,
    new_draft,
    open_form,
    read_fields,
    write_fields,
)
from rag.ui.assistants.form_data import normalize
from rag.ui.i18n import t
from rag.ui.shell.formatting import escape_markdown
from rag.ui.shell.session import library


def save_new(assistant: Assistant) -> None:
    """Saves a new assistant under a free name and opens it."""
    names = [item.name for item in library().assistants.all()]
    saved = library().assistants.save(replace(assistant, id=0, version=0, name=free_name(assistant.name, names)))
    open_form(saved.id)
    edit_state().message = Message("success", t("assistant_made", name=escape_markdown(saved.name)))


def save(key: int) -> None:
    """Saves the draft as a new version, or shows why it is invalid."""
    attempt(lambda: _save(key))


def _save(key: int) -> None:
    state = edit_state()
    draft = read_fields(key)
    if key > 0 and not library().assistants.is_there(key):
        # deleted in another tab: the draft becomes one of a new assistant
        del state.drafts[key]
        new_draft(draft.current)
        state.message = Message("warning", t("assistant_gone_meanwhile"))
        return
    assistant = replace(normalize(draft.current), id=max(key, 0), version=0)
    previous_version = library().assistants.get(key).version if key > 0 else 0
    saved = library().assistants.save(assistant)
    has_conflict = previous_version > draft.saved.version
    del state.drafts[key]
    state.drafts[saved.id] = Draft(saved, saved)
    if saved.id == key:
        write_fields(key)
    else:
        open_form(saved.id)
    text = t("assistant_saved", name=escape_markdown(saved.name), version=saved.version)
    if has_conflict:
        text = f"{text} {t('assistant_saved_over', version=previous_version)}"
    state.message = Message("warning" if has_conflict else "success", text)


def discard(key: int) -> None:
    """Resets the draft to the saved version; removes the draft of a new assistant."""
    state = edit_state()
    draft = state.drafts[key]
    if key < 0:
        del state.drafts[key]
        close_form()
        return
    draft.current = draft.saved
    write_fields(key)


def remove(key: int) -> None:
    """Deletes an assistant with `Assistants.remove` and goes back to the list."""

    def delete() -> None:
        name = library().assistants.get(key).name
        library().assistants.remove(key)
        edit_state().drafts.pop(key, None)
        close_form()
        edit_state().message = Message("success", t("assistant_deleted", name=escape_markdown(name)))

    attempt(delete)


def restore_version(key: int, version: int) -> None:
    """Saves an earlier version as the newest."""

    def restore() -> None:
        read_fields(key)
        saved = library().assistants.save(library().assistants.get(key, version))
        state = edit_state()
        state.drafts[key] = Draft(saved, saved)
        state.open_version = None
        if state.form_key == key:
            write_fields(key)
        state.message = Message("success", t("version_taken_up", old=version, version=saved.version))

    attempt(restore)


def undo(key: int, version: int) -> None:
    """Removes the examples added since `version`; other changes in the form stay."""

    def revert() -> None:
        state = edit_state()
        new_examples = set(library().assistants.get(key).examples)
        saved = library().assistants.save(library().assistants.get(key, version))
        new_examples.difference_update(saved.examples)
        if key in state.drafts:
            draft = read_fields(key)
            draft.saved = saved
            draft.current = replace(
                draft.current, examples=tuple(e for e in draft.current.examples if e not in new_examples)
            )
            write_fields(key)
        state.message = Message("success", t("undone", version=saved.version))

    attempt(revert)
