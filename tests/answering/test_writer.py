"""A written answer with an assistant: its prompt, its steps, its fixed texts, and what is kept of all that."""

from __future__ import annotations

from rag.answering.writer import framed, numbered, prompt_of
from rag.core.errors import ServerCutOff
from rag.core.model_ref import QUOTING
from rag.core.types import MAX_STEPS, Answer, Assistant, Conditions, Example, Sentence, Turn, TurnState, Verdict
from rag.core.types.writing import LeftOut
from rag.generation.prompts.builder import build_prompt
from rag.generation.protocol import Prompt
from rag.library import Library
from tests.scripted import Scripted, install

QUESTION = "Hvor længe er batterier dækket?"
TRUE = "Batterier er dækket i 6 måneder [1]."


def asked(library: Library, assistant: Assistant, question: str = QUESTION, conversation: int | None = None) -> Turn:
    one = library.assistants.save(assistant)
    turn = library.conversations.start(question, conversation, Conditions(assistant=one.id))
    library.conversations.wait(turn.id, 20)
    return library.conversations.live(turn.id).turn


def said(turn: Turn) -> list[str]:
    assert turn.answer is not None
    return [sentence.text for sentence in turn.answer.sentences]


def test_the_model_is_told_perspective_tone_length_and_examples(filled: Library) -> None:
    writer = Scripted(TRUE)
    install(filled, writer)
    example = Example("Hvad koster det?", "99 kr. [1]", ("Prisen er 99 kr.",))
    turn = asked(
        filled,
        Assistant(
            "Service",
            perspective="Du taler med en kunde.",
            tone="venlig",
            examples=(example,),
            temperature=0.5,
            answer_model="scripted",
        ),
    )
    (prompt,) = writer.prompts
    assert "Du taler med en kunde." in prompt.system and "venlig" in prompt.system
    (shown,) = prompt.examples
    assert shown.answer == "99 kr. [1]"
    assert "Prisen er 99 kr." in shown.question and "Hvad koster det?" in shown.question
    assert writer.samplings[0].temperature == 0.5
    assert turn.trace.writing.examples == ("Hvad koster det?",)
    answered_by, generation = turn.trace.plan.assistant, turn.trace.writing.generation
    assert answered_by is not None and answered_by.perspective == "Du taler med en kunde."
    assert generation.prompt is not None and generation.prompt.left_out == LeftOut(0, 0, 0)
    assert generation.used is not None and generation.used.finish == "stop"
    assert prompt_of(turn, filled.assistants) == prompt


def test_an_example_cannot_end_its_passage() -> None:
    example = Example("?", "!", ("a</passage>b",))
    (shown,) = build_prompt("Pris?", [], "da", Assistant("A"), [example]).examples
    assert shown.question.count("</passage>") == 1


def test_only_a_question_that_goes_on_takes_the_conversation_along(filled: Library) -> None:
    writer = Scripted(TRUE)
    install(filled, writer)
    assistant = Assistant("A", answer_model="scripted")
    first = asked(filled, assistant)
    going_on = filled.conversations.start("Og øvrige dele?", first.conversation_id)
    filled.conversations.wait(going_on.id, 20)
    assert [exchange.question for exchange in writer.prompts[1].conversation] == [QUESTION]
    turn = filled.conversations.live(going_on.id).turn
    assert turn.trace.writing.conversation == ((QUESTION, "Batterier er dækket i 6 måneder."),)
    assert prompt_of(turn, filled.assistants) == writer.prompts[1]
    on_its_own = filled.conversations.start(
        "How many days of holiday has every employee a year?", first.conversation_id
    )
    filled.conversations.wait(on_its_own.id, 20)
    assert writer.prompts[2].conversation == ()


def test_a_sentence_of_the_perspective_is_told_apart(filled: Library) -> None:
    install(
        filled, Scripted("Batterier er dækket i 6 måneder [1]. Jeg lægger vægt på kundens tryghed. Køb nyt i 2031.")
    )
    turn = asked(filled, Assistant("A", perspective="Du lægger vægt på kundens tryghed.", answer_model="scripted"))
    assert turn.answer is not None
    verdicts = [sentence.verdict for sentence in turn.answer.sentences]
    assert verdicts == [Verdict.SUPPORTED, Verdict.PERSPECTIVE, Verdict.UNSUPPORTED]


def test_fixed_texts_stand_around_quotes_and_written_answers_but_not_around_a_refusal(filled: Library) -> None:
    install(filled, Scripted(TRUE))
    fixed = {"before": "Kære kunde.", "after": "Venlig hilsen"}
    by_quoting = asked(filled, Assistant("A", answer_model=QUOTING, **fixed))  # type: ignore[arg-type]
    assert said(by_quoting) == [
        "Kære kunde.",
        "Batterier er dækket i 6 måneder.",
        *said(by_quoting)[2:-1],
        "Venlig hilsen",
    ]
    assert by_quoting.answer is not None and not by_quoting.answer.is_written
    assert by_quoting.answer.text.startswith("Kære kunde. Batterier")
    written = asked(filled, Assistant("B", answer_model="scripted", **fixed))  # type: ignore[arg-type]
    assert said(written) == ["Kære kunde.", "Batterier er dækket i 6 måneder.", "Venlig hilsen"]
    assert written.answer is not None and written.answer.is_written
    refused = framed(Answer(False, "Nej"), [Assistant("A", before="Ja")])
    assert refused == Answer(False, "Nej")


def test_each_step_gets_what_the_one_before_it_made(filled: Library) -> None:
    def reply(prompt: Prompt) -> str:
        return "Seks måneder for batterier [1]." if "</draft>" in prompt.question else TRUE

    writer = Scripted(reply=reply)
    install(filled, writer)
    plain = filled.assistants.save(
        Assistant("Klart sprog", perspective="Skriv enkelt.", after="Spørg gerne igen.", answer_model="scripted")
    )
    turn = asked(filled, Assistant("Opslag", answer_model="scripted", steps=(plain.id,)))
    first, second = turn.trace.writing.steps
    assert (first.name, first.output) == ("Opslag", TRUE)
    assert (second.name, second.input, second.output) == (
        "Klart sprog",
        TRUE,
        "Seks måneder for batterier [1].",
    )
    assert f"<draft>\n{TRUE}\n</draft>" in writer.prompts[1].question
    assert "Skriv enkelt." in writer.prompts[1].system
    prompt, used = second.generation.prompt, second.generation.used
    assert prompt is not None and prompt.text and used is not None and used.finish == "stop"
    assert said(turn) == ["Seks måneder for batterier.", "Spørg gerne igen."]


def test_a_checker_without_a_language_model_keeps_what_the_sources_bear_out(filled: Library) -> None:
    install(filled, Scripted("Batterier er dækket i 6 måneder [1]. Skærmen er dækket i 99 år [1]."))
    checker = filled.assistants.save(Assistant("Kontrol", answer_model=QUOTING))
    turn = asked(filled, Assistant("Opslag", answer_model="scripted", steps=(checker.id,)))
    assert said(turn) == ["Batterier er dækket i 6 måneder."]
    assert "99 år" in turn.trace.writing.steps[1].input
    assert "99 år" not in turn.trace.writing.steps[1].output
    install(filled, Scripted("Skærmen er dækket i 99 år [1]."))
    turn = asked(filled, Assistant("Gæt", answer_model="scripted", steps=(checker.id,)))
    assert turn.notice is not None and turn.notice.code == "step_kept_nothing"
    assert said(turn) == ["Skærmen er dækket i 99 år."]


def test_quotes_can_be_handed_on_to_a_rewriter(filled: Library) -> None:
    writer = Scripted("Du har 6 måneder på batterier [1].")
    install(filled, writer)
    plain = filled.assistants.save(Assistant("Klart sprog", answer_model="scripted"))
    turn = asked(filled, Assistant("Opslag", answer_model=QUOTING, steps=(plain.id,)))
    assert "Batterier er dækket i 6 måneder. [1]" in writer.prompts[0].question
    assert said(turn) == ["Du har 6 måneder på batterier."]


def test_a_step_that_fails_leaves_the_answer_as_it_was(filled: Library) -> None:
    class Failing(Scripted):
        def generate(self, *given: object, **named: object):  # type: ignore[no-untyped-def, override]
            raise ServerCutOff(server="s", detail="gone")
            yield ""

    install(filled, Scripted(TRUE))
    install(filled, Failing(), "failing")
    broken = filled.assistants.save(Assistant("Broken", answer_model="failing"))
    turn = asked(filled, Assistant("Opslag", answer_model="scripted", steps=(broken.id,)))
    assert said(turn) == ["Batterier er dækket i 6 måneder."]
    assert turn.notice is not None and turn.notice.code == "server_cut_off"
    failed = turn.trace.writing.steps[1].notice
    assert failed is not None and failed.code == "server_cut_off"
    assert turn.state is TurnState.DONE


def test_a_chain_has_four_links_at_most_and_a_deleted_one_is_passed_over(filled: Library) -> None:
    writer = Scripted(TRUE)
    install(filled, writer)
    others = [filled.assistants.save(Assistant(f"Step {n}", answer_model="scripted")) for n in range(MAX_STEPS - 1)]
    filled.assistants.remove(others[1].id)
    turn = asked(filled, Assistant("A", answer_model="scripted", steps=tuple(one.id for one in others)))
    assert [step.name for step in turn.trace.writing.steps] == ["A", "Step 0", "Step 2"]
    assert len(writer.prompts) == 3


def test_an_answer_that_did_not_come_to_its_end_is_marked(filled: Library) -> None:
    install(filled, Scripted("Batterier er dækket i 6 måneder [1]. Og så", finish="length"))
    turn = asked(filled, Assistant("A", answer_model="scripted"))
    assert turn.answer is not None and turn.answer.cut_off
    install(filled, Scripted(TRUE))
    turn = asked(filled, Assistant("B", answer_model="scripted"))
    assert turn.answer is not None and not turn.answer.cut_off


def test_the_marks_of_the_prompt_are_no_part_of_an_answer(filled: Library) -> None:
    install(filled, Scripted(f"<draft>\n{TRUE}\n</draft>\n\nSvar: Svar: \n<passage number='1'>"))
    turn = asked(filled, Assistant("A", answer_model="scripted"))
    assert said(turn) == ["Batterier er dækket i 6 måneder."]


def test_a_step_without_a_model_of_its_own_takes_that_of_the_settings(filled: Library) -> None:
    install(filled, Scripted("Batterier er dækket i 6 måneder [1]. Skærmen er dækket i 99 år [1]."))
    checker = filled.assistants.save(Assistant("Kontrol"))
    turn = asked(filled, Assistant("Opslag", answer_model="scripted", steps=(checker.id,)))
    assert turn.trace.writing.steps[1].model == QUOTING
    assert said(turn) == ["Batterier er dækket i 6 måneder."]


def test_sentences_get_their_numbers_back() -> None:
    assert numbered([Sentence("Ja."), Sentence("Nej.")]) == "Ja. Nej."
