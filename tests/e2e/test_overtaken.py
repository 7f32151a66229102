"""What Streamlit does where new data overtakes a call of a component that still loads its script."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from rag.ui.chat.turn_data import labels
from rag.ui.components import TURN_SCRIPT

DATA = {
    "part": "head",
    "labels": labels("da"),
    "turn": {"id": 1, "question": "Hvor længe er batteriet dækket?", "searched": "", "state": "running"},
    "head": {"said": "0 af 2 har svaret", "voted": False, "facts": []},
    "questions": {"variants": {"ids": [1], "place": 0}},
    "sources": [],
    "view": None,
    "in_sight": False,
    "heard": {},
}
CALLED = """async ([script, data]) => {
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }))
  const { default: draw } = await import(url)
  const parentElement = document.body.appendChild(document.createElement("div"))
  const call = (said) => draw({ data: { ...data, head: { ...data.head, said } }, parentElement, setTriggerValue() {} })
  const drawn = () => [...parentElement.querySelectorAll(".turn")].map((node) => node.innerText.includes("2 af 2"))
  const found = []
  call("0 af 2")()  // overtaken: put away at once, though the component stays where it is
  call("2 af 2")
  found.push(drawn())
  const overtaken = call("1 af 2")
  const last = call("2 af 2")
  overtaken()
  found.push(drawn())
  call("2 af 2")
  found.push(drawn())
  parentElement.remove()
  last()
  document.body.appendChild(parentElement)  // it went, was put away, and is set up anew by the next call
  parentElement.replaceChildren()
  call("2 af 2")
  found.push(drawn())
  return found
}"""


def test_a_turn_whose_data_was_overtaken_is_drawn_once(new_page: Callable[..., Page]) -> None:
    page = new_page()
    assert page.evaluate(CALLED, [TURN_SCRIPT, DATA]) == [[True]] * 4
