"""The answers of a panel, side by side in the conversation."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from rag.conversations.corrections import corrections_said
from rag.conversations.panels import Panel
from rag.core.errors import NotFound
from rag.core.types import Assistant, Turn, TurnState
from rag.ui.chat.attribution import model_name, title
from rag.ui.chat.turn_actions import on_action
from rag.ui.chat.turn_data import labels, said_in
from rag.ui.chat.turn_questions import scope_text, variant_position
from rag.ui.components import draw_turn
from rag.ui.i18n import language, text
from rag.ui.shell.formatting import visible
from rag.ui.shell.session import library, session

_STYLE = Path(__file__).with_suffix(".css")


@dataclass(frozen=True, slots=True)
class Column:
    """One answer of a panel.

    best: it won the vote. shown: the conversation continues from it. can_vote: all answers are complete. other: the id
    of the turn to compare it with. running: whether it was being answered when the head was drawn; the page reruns once
    that has changed.
    """

    best: bool
    shown: bool
    can_vote: bool
    other: int
    running: bool

    def data(self, turn: Turn, author: str, language: str) -> dict[str, Any]:
        """What the component draws around the answer. author: the assistant or model that answered."""
        model = turn.trace.plan.model or turn.conditions.answer_model
        model_title = model_name(model, language) if model else ""
        return {
            "name": author,
            "model": model_title if model_title != author else "",
            "best": self.best,
            "shown": self.shown,
            "can_vote": self.can_vote,
            "other": self.other,
        }


def asked_assistant(turn: Turn) -> Assistant | None:
    """The assistant that answers a turn, in the version used; None without one, and until the router has chosen."""
    plan, conditions = turn.trace.plan.assistant, turn.conditions
    assistant_id, version = (plan.id, plan.version) if plan else (conditions.assistant, conditions.assistant_version)
    if assistant_id <= 0:
        return None
    try:
        return library().assistants.get(assistant_id, version)
    except NotFound:
        return None


def running_ids(turns: Iterable[Turn]) -> list[int]:
    """The ids of the turns that are being answered, among these turns and the other members of their panels."""
    ids = []
    for turn in turns:
        panel = library().panels.of_turn(turn)
        members = (
            [library().conversations.live(member.id).turn for member in panel.turns] if panel is not None else [turn]
        )
        ids += [member.id for member in members if member.state is TurnState.RUNNING]
    return ids


def variant_ids(turn: Turn) -> list[int]:
    """The ids of a turn's variants, with one id for each panel: the turn itself, the voted answer, or the first."""
    kilde = library()
    ids = kilde.conversations.variants(turn.id)
    if len(ids) < 2:
        return ids
    ids_by_panel: dict[int, int] = {}
    for variant_id in ids:
        variant = turn if variant_id == turn.id else kilde.conversations.live(variant_id).turn
        panel = variant.panel_id
        if panel is None:
            ids_by_panel[-variant_id] = variant_id
        elif panel == turn.panel_id:
            ids_by_panel[panel] = turn.id
        elif panel not in ids_by_panel:
            voted = kilde.panels.of_turn(variant)
            ids_by_panel[panel] = voted.voted or variant_id if voted is not None else variant_id
    return list(ids_by_panel.values())


def draw_panel(current: Turn, panel: Panel, in_sight: bool, draw_column: Callable[[int, Column], None]) -> None:
    """Draws a panel in place of `current`, the turn of it that the conversation continues from.

    draw_column: draws a turn in its column.
    """
    turns = [library().conversations.live(turn.id).turn for turn in panel.turns]
    all_ended = all(turn.state is not TurnState.RUNNING for turn in turns)
    with st.container(key=f"panel_{panel.id}", gap="small"):
        st.html(_STYLE)
        data = head_data(current, turns, panel, variant_ids(current), language())
        draw_turn(
            f"panel_head_{panel.id}",
            data | {"in_sight": in_sight, "heard": session().last_actions},
            on_action(current.id),
        )
        with st.container(key=f"panel_columns_{len(turns)}_{panel.id}"):
            for column, turn in enumerate(turns):
                other_id = current.id if turn.id != current.id else turns[1 - min(column, 1)].id
                running = turn.state is TurnState.RUNNING
                with st.container(key=f"panel_column_{turn.id}"):
                    draw_column(
                        turn.id, Column(turn.id == panel.voted, turn.id == current.id, all_ended, other_id, running)
                    )


def head_data(
    current: Turn, turns: Sequence[Turn], panel: Panel, versions: Sequence[int], language: str
) -> dict[str, Any]:
    """The data of the component above the columns: the question and the state of the vote."""
    names = {turn.id: title(turn, language, asked_assistant(turn)) for turn in turns}
    done_count = sum(turn.state is not TurnState.RUNNING for turn in turns)
    if done_count < len(turns):
        summary = text("panel_answering", language, done=done_count, count=len(turns))
    elif panel.voted is None:
        summary = text("panel_not_voted", language, name=names[current.id])
    elif panel.voted == current.id:
        summary = text("panel_voted", language, name=names[current.id])
    else:
        summary = text("panel_voted_aside", language, name=names[panel.voted], shown=names[current.id])
    kind = text("panel_kind", language, scenario=visible(panel.scenario)) if panel.scenario else ""
    return {
        "part": "head",
        "labels": labels(language),
        "turn": {
            "id": current.id,
            "question": current.question,
            "searched": current.searched if current.searched not in ("", current.question) else "",
            "corrected": corrections_said(current, said_in(current, language)),
            "state": "done" if done_count == len(turns) else "running",
        },
        "head": {
            "said": summary,
            "voted": panel.voted is not None,
            "facts": [fact for fact in (kind, scope_text(current, language)) if fact],
        },
        "questions": {"variants": variant_position(current.id, versions)},
        "sources": [],
        "view": None,
    }
