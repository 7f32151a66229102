"""The page with two answers side by side: reads the turns from the address, and lets others be chosen.

With a single turn under `angle` in the address it shows what the perspective of its assistant did:
`rag.ui.compare.perspective`.
"""

import streamlit as st

from rag.conversations.comparison import compare
from rag.core.types import Turn
from rag.ui.compare import perspective
from rag.ui.compare.data import compare_data, names_in
from rag.ui.components import draw_comparison
from rag.ui.i18n import language, t
from rag.ui.ledger.page import back_to, turn_with
from rag.ui.shell.formatting import visible
from rag.ui.shell.session import library, option_index, set_if_changed

_LEFT, _RIGHT = "compare_chosen_left", "compare_chosen_right"


def page() -> None:
    """Draws the two turns that the address names; where it names one, that and the variant before it."""
    if (of_one := st.query_params.get("angle")) is not None:
        perspective.page(of_one)
        return
    st.title(t("compare_answers"))
    named = [turn_with(written) for written in st.query_params.get("turns", "").split(",")[:2]]
    turns = [turn for turn in named if turn is not None]
    if not turns or len(turns) < len(named):
        st.info(t("compare_unknown"), icon=":material/search_off:")
        return
    back_to(turns[-1])
    if len(turns) == 1:
        others = [turn_id for turn_id in library().conversations.variants(turns[0].id) if turn_id != turns[0].id]
        if not others:
            st.info(t("compare_only_one"), icon=":material/info:")
            return
        turns.insert(0, library().conversations.live(others[-1]).turn)
    left, right = turns
    names = _choices(left, right)
    known = names_in(left, right) | {document.sha256: document.name for document in library().documents.all()}
    titles = (names[left.id], names[right.id])
    data = compare_data(compare(left, right), names=known, language=language(), titles=titles)
    draw_comparison(f"compare_{left.id}_{right.id}", data)


def _choices(left: Turn, right: Turn) -> dict[int, str]:
    """Draws what can be chosen: the variants of both turns. Returns what each is called."""
    kilde = library()
    ids = list(dict.fromkeys([*kilde.conversations.variants(left.id), *kilde.conversations.variants(right.id)]))
    names = {
        turn_id: t(
            "compare_option",
            place=place,
            of=len(ids),
            question=visible(" ".join(kilde.conversations.live(turn_id).turn.question.split())),
        )
        for place, turn_id in enumerate(ids, 1)
    }
    # the address decides, so that a link shows the same everywhere
    set_if_changed(_LEFT, left.id)
    set_if_changed(_RIGHT, right.id)
    for column, label, key in zip(st.columns(2), ("compare_left", "compare_right"), (_LEFT, _RIGHT), strict=True):
        column.selectbox(
            t(label),
            ids,
            index=option_index(key, ids),
            format_func=lambda chosen: names[chosen],
            key=key,
            on_change=_choose,
        )
    return names


def _choose() -> None:
    st.query_params["turns"] = f"{st.session_state[_LEFT]},{st.session_state[_RIGHT]}"
