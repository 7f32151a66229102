"""Asks several assistants or models the same question, and counts the votes for the best answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.conversations.history import History, new_turn
from rag.conversations.turn_format import turn_from
from rag.core.errors import InvalidPanel
from rag.core.serialization import from_json, to_json
from rag.core.timing import utc_now
from rag.core.types import Conditions, Turn
from rag.store.records_protocol import PanelStore

FEWEST, MOST = 2, 4


@dataclass(frozen=True, slots=True)
class Contender:
    """The author of one answer of a panel, and its turn.

    assistant: its id, 0 for a model without one. name: "" without one.
    """

    assistant: int
    version: int
    name: str
    model: str
    turn_id: int


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes of one assistant, or of one model without an assistant, for one scenario ("" for none).

    panels: how many it took part in that were voted on; won: in how many of these it was the best.
    """

    assistant: int
    name: str
    model: str
    scenario: str
    won: int
    panels: int


@dataclass(frozen=True, slots=True)
class Panel:
    """turns: in the order in which they were asked. voted: the id of the best one, None without a vote."""

    id: int
    scenario: str
    turns: tuple[Turn, ...]
    voted: int | None


class Panels:
    """The panels of a library. Raises InvalidPanel, and NotFound for unknown turns.

    run: starts answering a turn. check_room: raises TooManyQuestions if no more turns may be started.
    """

    def __init__(
        self, store: PanelStore, history: History, run: Callable[[Turn], None], check_room: Callable[[], None]
    ) -> None:
        self._store = store
        self._history = history
        self._run = run
        self._check_room = check_room

    def ask(
        self, question: str, conversation_id: int | None, variants: Sequence[Conditions], scenario: str = ""
    ) -> list[Turn]:
        """Ask under all of `variants` at once, in a conversation or a new one; all or none, durable on return.

        Each is a turn of its own, and they are variants of each other. The conversation continues from the first
        until another one is voted for.
        """
        if not FEWEST <= len(variants) <= MOST:
            raise InvalidPanel(fewest=FEWEST, most=MOST)
        self._check_room()
        new_turns = [new_turn(question, conditions) for conditions in variants]
        rows = self._store.begin(new_turns, conversation_id, utc_now(), scenario.strip())
        turns = [turn_from(row) for row in rows]
        for turn in turns:
            self._run(turn)
        return turns

    def of_turn(self, turn: Turn) -> Panel | None:
        """The panel that a turn is part of."""
        row = None if turn.panel_id is None else self._store.panel(turn.panel_id)
        return None if row is None else Panel(row.id, row.scenario, tuple(self._history.of_panel(row.id)), row.voted)

    def vote(self, turn_id: int, scenario: str | None = None) -> None:
        """Vote for a turn as the best of its panel; the conversation continues from it.

        A second vote replaces the first; a vote for the same turn withdraws it. scenario: None keeps that of the
        panel.
        """
        panel = self.of_turn(self._history.turn(turn_id))
        if panel is None:
            raise InvalidPanel(fewest=FEWEST, most=MOST)
        new_scenario = panel.scenario if scenario is None else scenario.strip()
        is_taken_back = panel.voted == turn_id and new_scenario == panel.scenario
        contenders = None if is_taken_back else to_json([contender(turn) for turn in panel.turns])
        self._store.vote(panel.id, turn_id, new_scenario, contenders, utc_now())

    def tally(self) -> list[Tally]:
        """Votes by assistant (or model, without one) and scenario; most votes first.

        All versions of an assistant count together, under its name in the latest vote.
        """
        names: dict[tuple[int, str], str] = {}
        counts: dict[tuple[int, str, str], tuple[int, int]] = {}
        for vote in self._store.votes():
            for candidate in from_json(list[Contender], vote.contenders):
                # an assistant counts as one contender whatever its model; without one, each model is a contender
                model = "" if candidate.assistant else candidate.model
                names[candidate.assistant, model] = candidate.name
                key = (candidate.assistant, model, vote.scenario)
                won, panels = counts.get(key, (0, 0))
                counts[key] = (won + (candidate.turn_id == vote.turn_id), panels + 1)
        tallies = [
            Tally(assistant, names[assistant, model], model, scenario, won, panels)
            for (assistant, model, scenario), (won, panels) in counts.items()
        ]
        return sorted(
            tallies, key=lambda tally: (tally.scenario.casefold(), -tally.won, tally.panels, tally.name.casefold())
        )

    def scenarios(self) -> list[str]:
        """The scenarios of all panels."""
        return self._store.scenarios()


def contender(turn: Turn) -> Contender:
    """The author of a turn by its trace; before it is answered, the one that was asked."""
    assistant, conditions = turn.trace.plan.assistant, turn.conditions
    model = turn.trace.plan.model or conditions.answer_model
    if not assistant:
        return Contender(max(0, conditions.assistant), conditions.assistant_version, "", model, turn.id)
    return Contender(assistant.id, assistant.version, assistant.name, model, turn.id)
