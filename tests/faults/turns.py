"""Programs ended by `kill -9` while questions are asked, and answers rated, compared and made by saved assistants.

What is there is one flat mapping, such as {"turn 3": digest, "vote 3": 1, "best 2": 7, "assistant 1": "2 Name"}.
"""

from __future__ import annotations

import hashlib
import json
import random
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.conversations.turn_format import encode_turn
from rag.core.types import Assistant, Conditions, Trace, Turn, TurnState
from rag.library import Library
from tests.conftest import FakeModels
from tests.faults.child import Killable, in_child
from tests.faults.rows import Row, Size
from tests.faults.user import first_space, opened, text_of

Kept = dict[str, Any]
DOCUMENTS = 4
DEATHS = 12
"""So many deaths a library lives through before it is begun anew."""
_MADE = {"ask": ("turn",), "again": ("turn",), "panel": ("turn", "turn"), "assistant": ("assistant",)}
"""What an action that is under way may leave behind as well."""


_COUNTED = {"turns": "turn", "votes": "vote", "notes": "note", "assistants": "assistant"}


def turns_killed(seed: int, size: Size) -> Row:
    """An answer that was shown as finished, and all that was said of it, is there after any death."""
    chance = random.Random(seed)
    began = time.monotonic()
    wrong = {"lost": 0, "phantom": 0, "half": 0}
    told = {"under way": 0, "cut off": 0, **dict.fromkeys(_COUNTED, 0)}
    with tempfile.TemporaryDirectory(prefix="kilde-turns-") as root:
        there: Kept = {}
        cut_off = 0
        for case in range(size.kills):
            folder = Path(root) / str(case // DEATHS)
            if case % DEATHS == 0:
                there, cut_off = {}, 0
                in_child(lambda f=folder: _fill(f))  # type: ignore[misc]
            child = Killable(lambda tell, f=folder, n=case: _live(f, seed * 1000 + n, tell))  # type: ignore[misc]
            child.start()
            child.wait_for("ready")
            time.sleep(chance.random() * 0.3)
            child.kill()
            acknowledged, under_way = _told(child.ended(), there)
            found = in_child(lambda f=folder: _look(f))  # type: ignore[misc]
            told["under way"] += under_way is not None
            for name, what in _COUNTED.items():
                told[name] += _count(found["there"], what) - _count(there, what)
            lost, phantom = _compared(acknowledged, under_way, found["there"])
            wrong["lost"] += lost
            wrong["phantom"] += phantom
            wrong["half"] += found["half"]
            told["cut off"] += found["cut_off"] - cut_off
            there, cut_off = found["there"], found["cut_off"]
    return Row("kill -9 while questions are asked", size.kills, wrong, told, round(time.monotonic() - began, 1))


def _count(there: Mapping[str, Any], what: str) -> int:
    return sum(key.startswith(f"{what} ") for key in there)


def _fill(folder: Path) -> None:
    library = opened(folder)
    first_space(library)
    for number in range(DOCUMENTS):
        library.documents.add(f"d{number}.txt", text_of(number).encode())
    library.work_until_done(lambda _: None)
    library.close()


def _live(folder: Path, seed: int, tell: Callable[..., None]) -> None:
    """Do one thing after another, for ever: to be killed. Tells what is begun and what was acknowledged."""
    user = _User(Library.open(folder, models=FakeModels()), random.Random(seed), tell)
    tell("ready")
    while True:
        user.one_thing()


@dataclass
class _User:
    library: Library
    chance: random.Random
    tell: Callable[..., None]

    def one_thing(self) -> None:
        turns = [
            turn
            for one in self.library.conversations.all()
            for turn in self.library.conversations.history.every_turn(one.id)
        ]
        panels = [turn for turn in turns if turn.panel_id is not None]
        what = self.chance.choices(
            ("ask", "again", "panel", "vote", "note", "best", "assistant"),
            (4, bool(turns), 1, 3 * bool(turns), bool(turns), 3 * bool(panels), 1),
        )[0]
        turn = self.chance.choice(panels if what == "best" else turns) if what in _OF_A_TURN else None
        getattr(self, f"_{what}")(*[turn] if turn else [])

    def _ask(self) -> None:
        conversations = [one.id for one in self.library.conversations.all()]
        self.tell("begin", "ask")
        self._until_shown(
            self.library.conversations.start(self._question(), self.chance.choice([None, *conversations[:2]]))
        )
        self.tell("end of it")

    def _again(self, turn: Turn) -> None:
        self.tell("begin", "again")
        self._until_shown(self.library.conversations.ask_again(turn.id))
        self.tell("end of it")

    def _panel(self) -> None:
        assistants = [one.id for one in self.library.assistants.all()] or [0]
        asked = [Conditions(), Conditions(assistant=self.chance.choice(assistants))]
        self.tell("begin", "panel")
        for turn in self.library.panels.ask(self._question(), None, asked):
            self._until_shown(turn)
        self.tell("end of it")

    def _vote(self, turn: Turn) -> None:
        vote = self.chance.choice((1, -1))
        self.tell("begin", "vote", f"vote {turn.id}", vote)
        self.library.saved_questions.vote(turn.id, vote)
        self.tell("kept", f"vote {turn.id}", vote)
        self.tell("end of it")

    def _note(self, turn: Turn) -> None:
        note = f"note {self.chance.random()}"
        self.tell("begin", "note", f"note {turn.id}", note)
        self.library.saved_questions.note(turn.id, note)
        self.tell("kept", f"note {turn.id}", note)
        self.tell("end of it")

    def _best(self, turn: Turn) -> None:
        panel = self.library.panels.of_turn(turn)
        assert panel is not None
        best = None if panel.voted == turn.id else turn.id  # a second vote for the same takes it back
        self.tell("begin", "best", f"best {panel.id}", best)
        self.library.panels.vote(turn.id)
        self.tell("kept", f"best {panel.id}", best)
        self.tell("end of it")

    def _assistant(self) -> None:
        known = self.library.assistants.all()
        changed = self.chance.choice([None, *known])
        name = f"Assistant {self.chance.random()}"
        if changed is None:
            self.tell("begin", "assistant")
            kept = self.library.assistants.save(Assistant(name))
        else:
            self.tell("begin", "version", f"assistant {changed.id}", f"{changed.version + 1} {name}")
            kept = self.library.assistants.save(replace(changed, name=name))
        self.tell("kept", f"assistant {kept.id}", f"{kept.version} {kept.name}")
        self.tell("end of it")

    def _question(self) -> str:
        return f"What does sign{self.chance.randrange(DOCUMENTS)}x say?"

    def _until_shown(self, turn: Turn) -> None:
        """As a page does, look at the turn until it is shown as finished: from then on it is acknowledged."""
        while (
            shown := self.library.conversations.live(turn.id)
        ).working is not None or shown.turn.state is TurnState.RUNNING:
            time.sleep(0.0002)
        self.tell("kept", f"turn {turn.id}", _digest(shown.turn))


_OF_A_TURN = ("again", "vote", "note", "best")


def _digest(turn: Turn) -> str:
    return hashlib.sha256(json.dumps(encode_turn(turn), sort_keys=True).encode()).hexdigest()[:16]


def _told(said: list[list[Any]], there: Kept) -> tuple[Kept, list[Any] | None]:
    """What was acknowledged, and what was under way: [what, and of what has an id already its key and its value]."""
    acknowledged = dict(there)
    under_way: list[Any] | None = None
    for word, *values in said:
        if word == "begin":
            under_way = values
        elif word == "kept":
            acknowledged[values[0]] = values[1]
        elif word == "end of it":
            under_way = None
    return {key: value for key, value in acknowledged.items() if value is not None}, under_way


def _compared(acknowledged: Kept, under_way: list[Any] | None, found: Kept) -> tuple[int, int]:
    """How much is lost, and how much is there that is neither acknowledged nor under way."""
    key, value = under_way[1:] if under_way is not None and len(under_way) == 3 else ("", None)
    lost = sum(found.get(k) != v and not (k == key and found.get(k) == value) for k, v in acknowledged.items())
    new = [k for k in found if k not in acknowledged and (k, found[k]) != (key, value)]
    for what in _MADE.get(under_way[0], ()) if under_way is not None else ():
        mine = next((k for k in new if k.startswith(f"{what} ")), None)
        if mine is not None:
            new.remove(mine)
    return lost, len(new)


def _look(folder: Path) -> dict[str, Any]:
    """Open the library as the next start of the app would, and say what is there, and what of it is half."""
    library = Library.open(folder, models=FakeModels())
    end = time.monotonic() + 10
    while (
        library.conversations.history.running() and time.monotonic() < end
    ):  # what was cut off is finished in the background
        time.sleep(0.01)
    there: Kept = {}
    half = cut_off = 0
    panels: dict[int, int] = {}
    for conversation in library.conversations.all():
        turns = library.conversations.history.every_turn(conversation.id)
        half += not turns or not library.conversations.turns(conversation.id)  # one that shows nothing
        for turn in turns:
            there[f"turn {turn.id}"] = _digest(turn)
            cut_off += turn.state is TurnState.STOPPED
            half += turn.state not in (TurnState.DONE, TurnState.STOPPED)
            half += turn.state is TurnState.DONE and (turn.answer is None or turn.trace == Trace())
            said = library.saved_questions.of_turn(turn.id)
            if said is not None and said.vote:
                there[f"vote {turn.id}"] = said.vote
            if said is not None and said.note:
                there[f"note {turn.id}"] = said.note
            panel = library.panels.of_turn(turn)
            if panel is not None:
                panels[panel.id] = len(panel.turns)
                if panel.voted is not None:
                    there[f"best {panel.id}"] = panel.voted
    half += sum(count != 2 for count in panels.values())
    for assistant in library.assistants.all():
        there[f"assistant {assistant.id}"] = f"{assistant.version} {assistant.name}"
    half += len(library.maintenance.verify().problems)
    library.close()
    return {"there": there, "half": half, "cut_off": cut_off}


__all__ = ["turns_killed"]
