"""Several answers to one question, side by side in the conversation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from rag.conversations.panels import Panel
from rag.core.errors import NotFound
from rag.core.types import Assistant, Turn, TurnState
from rag.ui.chat.attribution import model_name, title
from rag.ui.chat.turn_actions import on_action
from rag.ui.chat.turn_data import labels
from rag.ui.chat.turn_questions import asked_of, stepped
from rag.ui.components import draw_turn
from rag.ui.i18n import language, text
from rag.ui.shell.formatting import visible
from rag.ui.shell.session import library, session

_STYLE = Path(__file__).with_suffix(".css")


@dataclass(frozen=True, slots=True)
class Column:
    """One answer of a panel. best: it was voted for. shown: the conversation goes on from it.

    can_vote: all have ended. other: the turn to compare it with. running: whether it was being answered when the head
    was drawn; where that is no longer so, all is drawn anew.
    """

    best: bool
    shown: bool
    can_vote: bool
    other: int
    running: bool

    def data(self, turn: Turn, named: str, language: str) -> dict[str, Any]:
        """What the component draws around the answer. named: who answered."""
        model = turn.trace.plan.model or turn.conditions.answer_model
        said = model_name(model, language) if model else ""
        return {
            "name": named,
            "model": said if said != named else "",
            "best": self.best,
            "shown": self.shown,
            "can_vote": self.can_vote,
            "other": self.other,
        }


def asked_assistant(turn: Turn) -> Assistant | None:
    """The assistant that answers a turn, in the version that it names; None where none was asked or chosen yet."""
    then, conditions = turn.trace.plan.assistant, turn.conditions
    assistant, version = (then.id, then.version) if then else (conditions.assistant, conditions.assistant_version)
    if assistant <= 0:
        return None
    try:
        return library().assistants.get(assistant, version)
    except NotFound:
        return None


def running(turns: Iterable[Turn]) -> list[int]:
    """The ids of those that are being answered, among these and what was asked along with them."""
    found = []
    for turn in turns:
        panel = library().panels.of_turn(turn)
        beside = [library().conversations.live(one.id).turn for one in panel.turns] if panel is not None else [turn]
        found += [one.id for one in beside if one.state is TurnState.RUNNING]
    return found


def versions(turn: Turn) -> list[int]:
    """The ids that can be stepped through in a turn's place: of a panel one, the turn itself or the best of it."""
    kilde = library()
    ids = kilde.conversations.variants(turn.id)
    if len(ids) < 2:
        return ids
    found: dict[int, int] = {}
    for one in ids:
        variant = turn if one == turn.id else kilde.conversations.live(one).turn
        panel = variant.panel_id
        if panel is None:
            found[-one] = one
        elif panel == turn.panel_id:
            found[panel] = turn.id
        elif panel not in found:
            voted = kilde.panels.of_turn(variant)
            found[panel] = voted.voted or one if voted is not None else one
    return list(found.values())


def draw(shown: Turn, panel: Panel, in_sight: bool, one: Callable[[int, Column], None]) -> None:
    """Draws a panel in the place of the one of its turns that the conversation goes on from.

    one: draws a turn in its column.
    """
    turns = [library().conversations.live(turn.id).turn for turn in panel.turns]
    ended = all(turn.state is not TurnState.RUNNING for turn in turns)
    with st.container(key=f"panel_{panel.id}", gap="small"):
        st.html(_STYLE)
        data = head(shown, turns, panel, versions(shown), language())
        draw_turn(
            f"panel_head_{panel.id}",
            data | {"in_sight": in_sight, "heard": session().heard},
            on_action(shown.id),
        )
        with st.container(key=f"panel_columns_{len(turns)}_{panel.id}"):
            for place, turn in enumerate(turns):
                other = shown.id if turn.id != shown.id else turns[1 - min(place, 1)].id
                running = turn.state is TurnState.RUNNING
                with st.container(key=f"panel_column_{turn.id}"):
                    one(turn.id, Column(turn.id == panel.voted, turn.id == shown.id, ended, other, running))


def head(shown: Turn, turns: Sequence[Turn], panel: Panel, versions: Sequence[int], language: str) -> dict[str, Any]:
    """What the turn component draws above the columns: the question, and what became of the votes."""
    names = {turn.id: title(turn, language, asked_assistant(turn)) for turn in turns}
    done = sum(turn.state is not TurnState.RUNNING for turn in turns)
    if done < len(turns):
        said = text("panel_answering", language, done=done, count=len(turns))
    elif panel.voted is None:
        said = text("panel_not_voted", language, name=names[shown.id])
    elif panel.voted == shown.id:
        said = text("panel_voted", language, name=names[shown.id])
    else:
        said = text("panel_voted_aside", language, name=names[panel.voted], shown=names[shown.id])
    kind = text("panel_kind", language, scenario=visible(panel.scenario)) if panel.scenario else ""
    return {
        "part": "head",
        "labels": labels(language),
        "turn": {
            "id": shown.id,
            "question": shown.question,
            "searched": shown.searched if shown.searched not in ("", shown.question) else "",
            "state": "done" if done == len(turns) else "running",
        },
        "head": {
            "said": said,
            "voted": panel.voted is not None,
            "facts": [one for one in (kind, asked_of(shown, language)) if one],
        },
        "questions": {"variants": stepped(shown.id, versions)},
        "sources": [],
        "view": None,
    }
