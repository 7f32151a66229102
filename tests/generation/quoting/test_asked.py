from __future__ import annotations

import pytest

from rag.generation.quoting.asked import Thing, asked_for, holds


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("Hvad koster en forlængelse?", Thing.AMOUNT),
        ("Hvad er gebyret for at flytte kurset?", Thing.AMOUNT),
        ("How much does the course cost?", Thing.AMOUNT),
        ("What is the fine for littering?", Thing.AMOUNT),
        ("Hvornår lukker svømmehallen?", Thing.DATE),
        ("Hva er fristen for å klage?", Thing.DATE),
        ("Which year was the bridge built?", Thing.DATE),
        ("Hvem er formand?", Thing.PERSON),
        ("Whose signature is needed?", Thing.PERSON),
        ("Hvor mange pladser er der?", Thing.QUANTITY),
        ("How long is the warranty?", Thing.QUANTITY),
        ("Hvor tit skal filteret skiftes?", Thing.QUANTITY),
        ("Hvor ligger depotet?", Thing.PLACE),
        ("Where is the assembly point?", Thing.PLACE),
        ("Hvorfor er mødet flyttet?", Thing.REASON),
        ("Why was the lift stopped?", Thing.REASON),
        ("Hvordan nulstiller jeg alarmen?", Thing.STEPS),
        ("How do I reset the alarm?", Thing.STEPS),
        ("Hvilke bilag skal med?", Thing.LIST),
        ("Må man ryge på altanen?", Thing.YES_NO),
        ("Are dogs allowed?", Thing.YES_NO),
        ("Hvad er sagsnummeret?", Thing.CODE),
        ("What is the order number?", Thing.CODE),
        ("Hvad er mailadressen til kontoret?", Thing.CONTACT),
        ("Hvad betyder karenstid?", Thing.DEFINITION),
        ("Fortæl om huset", Thing.OTHER),
    ],
)
def test_the_form_of_a_question_tells_what_it_asks_for(question: str, thing: Thing) -> None:
    assert asked_for(question) is thing


@pytest.mark.parametrize(
    ("thing", "text", "other"),
    [
        (Thing.AMOUNT, "Det koster 1.250 kr. om året.", "Det er dyrt hvert år."),
        (Thing.AMOUNT, "A ticket is £4.", "Tickets are sold at the door."),
        (Thing.DATE, "Der er lukket den 5. juni.", "Der er lukket om sommeren."),
        (Thing.DATE, "We open on Tuesdays.", "We open early."),
        (Thing.PERSON, "Spørg Karen Lund i receptionen.", "Spørg i receptionen."),
        (Thing.QUANTITY, "Der er plads til tolv.", "Der er god plads."),
        (Thing.CONTACT, "Skriv til post@eksempel.dk.", "Skriv til os."),
        (Thing.REASON, "Det er lukket på grund af sne, fordi vejen er spærret.", "Det er lukket i dag."),
        (Thing.CODE, "Sagen har 2024-117.", "Sagen er lukket."),
    ],
)
def test_a_text_holds_the_thing_or_not(thing: Thing, text: str, other: str) -> None:
    assert holds(text, thing) is True
    assert holds(other, thing) is False


def test_no_form_tells_of_a_list_or_of_steps() -> None:
    assert holds("Tryk på knappen.", Thing.STEPS) is None
