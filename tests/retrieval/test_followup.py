from __future__ import annotations

from dataclasses import replace

import pytest

from rag.core.types import Hit
from rag.retrieval.followup import GOES_ON, ON_ITS_OWN, UNSURE, Mix, mix, mixed, standalone
from tests.factories import hit

BEFORE = "Hvor længe er batteriet dækket?"

FOLLOW_UPS = [
    "og hvad med batteriet?",
    "Og øvrige dele?",
    "Hvad med skærmen?",
    "hvad så med kompressoren",
    "Men hvis man har registreret den?",
    "Gælder det også for reservedele?",
    "Gælder det for batteriet?",
    "Er det inklusive moms?",
    "Hvor længe?",
    "Hvor meget koster det?",
    "Hvad koster den?",
    "Hvem godkender dem?",
    "Hvor står det?",
    "Hvorfor ikke?",
    "Hvornår skal de afleveres?",
    "Kan man forlænge den?",
    "Hvad betyder det?",
    "Hvordan gør man det?",
    "Og i 2025?",
    "Uddyb",
    "Også i weekenden?",
    "Hvor finder jeg dem?",
    "Er der undtagelser fra den regel?",
    "Hvad er grænsen for dette?",
    "And the battery?",
    "What about spare parts?",
    "How long?",
    "Why?",
    "How much does it cost?",
    "Does that also apply to managers?",
    "Who approves them?",
    "When was it stopped?",
    "Is this covered?",
    "How do I register it?",
    "What if they are late?",
    "And in winter?",
    "Are there exceptions to that rule?",
    "Can I extend it?",
    "Which one is cheaper?",
    "Is the same true for part-time employees?",
    "nej, jeg mener selve kompressoren",
    "Sorry, I meant the battery",
    "Hvad tid tænder de igen?",
    "Hvilken adresse skal den have indadtil?",
    "Kan det køre helt af sig selv?",
    "Kræver det internet?",
    "Hvor stor skal puljen så være?",
    "Hvad skriver jeg, hvis jeg vil have en kopi i stedet?",
    "Hvor meget diskplads?",
    "Er der noget, der er mindre?",
    "Bliver køerne tømt af sig selv?",
    "Hvad er forskellen?",
    "How many did the French send?",
    "What happened to the tools?",
    "What would a higher fee do, according to him?",
    "Is anything being done about it?",
    "Can I at least shrink one that is already there?",
    "Give me some examples",
    "Which ones are covered?",
    "In which office?",
]
STAND_ALONE = [
    "Hvad er det vigtigste i garantien?",
    "Hvor mange feriedage har man?",
    "Hvor længe er batteriet dækket?",
    "Er der hjemmearbejde om fredagen?",
    "Hvad er der galt, når fejl E31 vises?",
    "Hvad koster det at få en tekniker ud?",
    "Hvad koster det, hvis teknikeren kommer, og der ikke er en fejl?",
    "Hvor er der parkering?",
    "Hvem er den nye direktør?",
    "Hvad hedder den person, der godkender indkøb?",
    "Hvem skal godkende et køb på 40.000 kr.?",
    "Hvilke krav er der til at scanne en kvittering i appen?",
    "Hvornår skal jeg senest søge om hovedferie?",
    "Hvad sker der med ferie, der ikke er holdt?",
    "Er det tilladt at tage hund med på arbejde?",
    "Hvordan er det med sygdom under ferie?",
    "Garanti på kompressor",
    "Rejseafregning",
    "Hvad står der om opsigelse?",
    "Må den ansatte afvise overarbejde?",
    "What is the noise level of the dishwasher?",
    "How long is the compressor covered if I register it?",
    "What does error code E31 mean?",
    "How loud is the heat pump at night?",
    "Is there a fee for late returns?",
    "Who is the manager that approves travel?",
    "Is it allowed to bring a dog to work?",
    "Which refrigerant does Brise 8 use, and how much of it?",
    "Why was the rollout of version 2.4 stopped?",
    "Are there any rules about parking?",
    "What happens to holidays that are not used?",
    "Does this year's plan include a new office?",
    "Warranty period",
    "How many days of holiday do I have?",
    "Hvad er lokalnummeret på IT-support?",
    "Hvem leder it-afdelingen?",
    "Who do I call for IT help?",
    "Kan den nye model tåle frost?",
    "Hvad er forskellen på model A og model B?",
    "What is the difference between a warranty and a guarantee?",
    "Er batteriet billigere end skærmen?",
    "How many employees are there in Odense?",
    "What happened to the Odense factory in 2019?",
    "So that I can plan: when does the summer holiday begin in the factory in Odense?",
]


@pytest.mark.parametrize("question", FOLLOW_UPS)
def test_a_follow_up_is_searched_with_what_was_before(question: str) -> None:
    assert mix(question, BEFORE) in (GOES_ON, UNSURE)


@pytest.mark.parametrize("question", STAND_ALONE)
def test_a_question_of_its_own_is_never_taken_for_one_that_goes_on(question: str) -> None:
    assert mix(question, BEFORE) in (UNSURE, ON_ITS_OWN)


# written after the rule, which was not changed for what it misses here but for three words
HELD_OUT_FOLLOW_UPS = [
    "Hvad dækker den ikke?",
    "Er der også gebyr på den?",
    "Hvad så hvis jeg er syg?",
    "Hvor mange?",
    "Kan de overføres?",
    "Hvornår udløber den?",
    "Og for deltidsansatte?",
    "Hvem har besluttet det?",
    "Er det lovpligtigt?",
    "Hvilken af dem er bedst?",
    "What happens then?",
    "Can they be carried over?",
    "Who decided that?",
    "When does it expire?",
    "Is it mandatory?",
    "Which of them is best?",
    "But only for members?",
    "Does it include VAT?",
    "Where can I find it?",
    "How many?",
    "Hvad er fristen for det?",
    "Kan du uddybe det?",
    "Tell me more",
    "Hvad hvis den går i stykker?",
    "Is that per year?",
]
HELD_OUT_STAND_ALONE = [
    "Hvad er fristen for reklamation?",
    "Hvor mange dage har jeg til at returnere en vare?",
    "Hvad er den maksimale temperatur?",
    "Hvem har ansvaret for de nye medarbejdere?",
    "Hvornår er det tilladt at arbejde hjemme?",
    "Hvad er det for en fejl, der hedder E31?",
    "Hvordan nulstiller man maskinen, hvis den ikke vil starte?",
    "Er den nye app gratis?",
    "Skal de ansatte møde op?",
    "Kan det betale sig at reparere en gammel model?",
    "What is the maximum temperature?",
    "When is it allowed to work from home?",
    "How do I reset the machine if it does not start?",
    "Who is responsible for new employees?",
    "Is there a limit on travel expenses?",
    "What is the deadline for complaints?",
    "What does the contract say about termination?",
    "Do these machines need a filter?",
    "How often should one clean the filter?",
    "Which documents are needed for this application?",
    "Hvordan registrerer medarbejdere deres timer?",
    "Hvad koster en ny batteripakke?",
    "Or is parking free?",
    "Hvor står maskinen?",
    "Hvad betyder fejlkode E12?",
]


def test_the_classes_hold_for_questions_they_were_not_made_from() -> None:
    follow_ups = [mix(question, BEFORE) for question in HELD_OUT_FOLLOW_UPS]
    own = [mix(question, BEFORE) for question in HELD_OUT_STAND_ALONE]
    assert follow_ups.count(ON_ITS_OWN) == 0
    assert follow_ups.count(GOES_ON) >= 0.7 * len(follow_ups)
    assert own.count(GOES_ON) <= 0.15 * len(own)


def found(number: int, score: float, ordinal: int, sha256: str = "a") -> Hit:
    return hit(number, "text", sha256=sha256, score=score, ordinal=ordinal, dense_score=0.8, dense_rank=number)


def test_two_searches_are_weighed_and_what_one_lacks_counts_nothing_there() -> None:
    together, alone = [found(1, 1.0, 10), found(2, 0.5, 20)], [found(3, 1.0, 30), found(2, 0.5, 20)]
    mixture = mixed(together, alone, Mix(alone=0.25, near=0.0), [])
    assert [(h.chunk.id, h.retrieved_rank, h.score) for h in mixture] == [(1, 1, 0.75), (2, 2, 0.5), (3, 3, 0.25)]


def test_what_stands_by_the_passages_used_last_gains() -> None:
    hits = [found(1, 0.6, 90), found(2, 0.6, 11), found(3, 0.6, 11, sha256="b")]
    mixture = mixed(hits, hits, GOES_ON, [found(9, 1.0, 10)])
    assert [h.chunk.id for h in mixture] == [2, 1, 3]
    assert all(0.0 <= h.score <= 1.0 for h in mixture)


def test_what_is_only_pinned_gains_nothing_from_where_it_stands() -> None:
    pinned = replace(found(1, 0.0, 10), dense_rank=None)
    assert mixed([pinned], [pinned], GOES_ON, [found(9, 1.0, 10)])[0].score == 0.0


def test_a_follow_up_is_searched_with_the_question_before() -> None:
    assert standalone("og hvad med skærmen?", "Hvor længe er batteriet dækket?") == (
        "Hvor længe er batteriet dækket – og hvad med skærmen?"
    )


def test_the_first_question_and_one_of_its_own_stay_as_they_are() -> None:
    assert standalone("og hvad med skærmen?", "") == "og hvad med skærmen?"
    own = "Hvornår skal den ansatte senest have søgt lederen om hovedferie i sommerperioden?"
    assert standalone(own, BEFORE) == own


def test_a_short_question_that_may_be_either_is_searched_both_ways() -> None:
    question = "Hvor mange feriedage har man?"
    assert mix(question, BEFORE) == UNSURE
    assert standalone(question, BEFORE) == f"Hvor længe er batteriet dækket – {question}"


def test_what_is_searched_does_not_grow_with_every_follow_up() -> None:
    searched = "Hvor længe er batteriet dækket?"
    for _ in range(20):
        searched = standalone("og hvad med skærmen?", searched)
    assert len(searched) < 200
    assert searched.endswith("og hvad med skærmen?")
    assert "batteriet" in searched


def test_a_text_without_words_is_left_alone() -> None:
    assert standalone("???", "Hvor længe er batteriet dækket?") == "???"
