"""Words of the assistants page. key: (Danish, English)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "assistants": ("Assistenter", "Assistants"),
    "assistants_text": (
        "En assistent er en vinkel at svare fra: hvem svarer, for hvem, og hvad skal vægtes. Kilderne er de samme.",
        "An assistant is an angle to answer from: who answers, for whom, and what to weigh. The sources stay the same.",
    ),
    "assistants_none": (
        "Her er ingen endnu. Uden en assistent svarer Kilde uden en bestemt vinkel.",
        "There are none yet. Without an assistant Kilde answers from no particular angle.",
    ),
    "assistants_all": ("Alle assistenter", "All assistants"),
    "assistant_new": ("Ny assistent", "New assistant"),
    "assistant_from_nothing": ("Begynd forfra", "Start from nothing"),
    "assistant_search": ("Søg i assistenter", "Search assistants"),
    "assistant_none_found": ("Ingen assistent har de ord.", "No assistant has those words."),
    "assistant_open": ("Åbn", "Open"),
    "assistant_open_name": ("Åbn {name}", "Open {name}"),
    "assistant_copy": ("Kopiér", "Copy"),
    "assistant_more_of": ("Kopiér, hent eller slet {name}", "Copy, download or delete {name}"),
    "assistant_made": ("{name} er lavet. Ret den til, og gem.", "{name} was made. Adapt it, and save."),
    "assistant_unnamed": ("Uden navn", "Unnamed"),
    "assistant_unknown": ("en slettet assistent", "a deleted assistant"),
    "assistant_not_kept": ("Ny, ikke gemt endnu", "New, not saved yet"),
    "perspective_none": ("Uden vinkel endnu.", "Without a perspective yet."),
    "model_of_settings": ("indstillingernes model", "the settings’ model"),
    # drafts
    "drafts_title": ("Ændringer, der ikke er gemt", "Changes that are not saved"),
    "drafts_text": (
        "De ligger her, til fanen lukkes. Gå tilbage til dem for at gemme eller fortryde.",
        "They stay here until this tab is closed. Go back to them to save or discard.",
    ),
    "draft_go_on": ("Fortsæt med {name}", "Go on with {name}"),
    "assistant_save": ("Gem", "Save"),
    "assistant_discard": ("Fortryd ændringer", "Discard changes"),
    "assistant_discard_new": ("Kassér", "Discard"),
    "assistant_unsaved": (
        "Ikke gemt. Ændringerne bliver her, til fanen lukkes.",
        "Not saved. The changes stay here until this tab is closed.",
    ),
    "assistant_is_saved": ("Alt er gemt.", "Everything is saved."),
    "assistant_saved": ("{name} er gemt som version {version}.", "{name} was saved as version {version}."),
    "assistant_saved_over": (
        "Den blev ændret i et andet vindue imens: se version {version} under Versioner.",
        "It was changed in another tab meanwhile: see version {version} under Versions.",
    ),
    "assistant_gone_meanwhile": (
        "Assistenten blev slettet i et andet vindue. Det, du har skrevet, står her som en ny: gem den, hvis du vil"
        " beholde den.",
        "The assistant was deleted in another tab. What you wrote stands here as a new one: save it to keep it.",
    ),
    # deleting
    "assistant_delete": ("Slet {name}?", "Delete {name}?"),
    "assistant_delete_text": (
        "Den kan ikke vælges mere. Svar, den har givet, bliver, som de var, og viser stadig, hvem der svarede.",
        "It can no longer be chosen. Answers it gave stay as they were, and still show who answered.",
    ),
    "assistant_delete_yes": ("Slet assistenten", "Delete the assistant"),
    "assistant_deleted": ("{name} er slettet.", "{name} was deleted."),
    # files
    "assistant_files": ("Tag med og hent ind", "Take along and bring in"),
    "assistant_file": ("Hent fil", "Download"),
    "assistant_export_text": (
        "Med eksempler og vinkel. Dokumenter følger ikke med, kun deres navn. De assistenter, den giver svar videre"
        " til, er med i filen.",
        "With examples and perspective. Documents are not included, only their names. The assistants that it hands"
        " answers on to are in the file.",
    ),
    "assistant_export_json": ("Hent som JSON", "Download as JSON"),
    "assistant_export_toml": ("Hent som TOML", "Download as TOML"),
    "assistant_export_all": ("Hent alle ({count})", "Download all ({count})"),
    "assistant_import": ("Hent assistenter ind fra en fil", "Bring in assistants from a file"),
    "assistant_import_limits": ("JSON eller TOML, højst 8 MB", "JSON or TOML, 8 MB at most"),
    "assistant_imported": ("Hentet ind: {names}.", "Brought in: {names}."),
    # to start from
    "ready_title": ("Begynd med en færdig", "Start from a ready-made one"),
    "ready_start": ("Begynd med den", "Start from this one"),
    "ready_start_name": ("Lav en assistent ud fra {name}", "Make an assistant from {name}"),
    "ready_rules_text": (
        "Til kolleger, der skal handle efter reglen: citerer bestemmelsen, siger betingelse, undtagelse og dato, og"
        " viser aldrig vej uden om.",
        "For colleagues who must act by the rule: quotes the provision, says condition, exception and date, and never"
        " shows a way around.",
    ),
    "ready_requirements_text": (
        "Til backloggen: gør dokumenterne til krav, brugerhistorier og acceptkriterier, og det, de ikke siger, til åbne"
        " spørgsmål.",
        "For the backlog: turns the documents into requirements, user stories and acceptance criteria, and what they do"
        " not say into open questions.",
    ),
    "ready_customer_text": (
        "Til kunden: et venligt svar i hverdagsord, hvad kunden skal gøre nu, og intet løfte, som dokumenterne ikke"
        " giver.",
        "For the customer: a friendly answer in everyday words, what to do next, and no promise that the documents do"
        " not make.",
    ),
    # the form
    "assistant_who": ("Hvem svarer", "Who answers"),
    "assistant_who_text": (
        "Vinklen er ingen kilde: den siger, hvad der vægtes, og hvordan det siges. Påstande skal stadig stå i"
        " dokumenterne.",
        "The perspective is no source: it says what is weighed and how it is said. Claims must still stand in the"
        " documents.",
    ),
    "perspective_placeholder": (
        "Du svarer … for … Læg vægt på … Sig aldrig …",
        "You answer … for … Weigh … Never say …",
    ),
    "perspective_help": (
        "Skriv til assistenten: hvem den er, hvem den svarer, hvad den skal lægge vægt på, og hvad den aldrig må sige.",
        "Write to the assistant: who it is, whom it answers, what to weigh, and what never to say.",
    ),
    "assistant_look": ("Ikon og billede", "Icon and picture"),
    "picture_upload": ("Eget billede", "A picture of your own"),
    "picture_limits": ("PNG eller JPEG, højst 10 MB", "PNG or JPEG, 10 MB at most"),
    "picture_remove": ("Fjern billedet", "Remove the picture"),
    "assistant_how_text": (
        "Tone, længde og sprog følges af en skrivende model. Citater bliver, som de står.",
        "Tone, length and language are followed by a model that writes. Quotes stay as they stand.",
    ),
    "tone_placeholder": ("Venlig og ligetil", "Friendly and plain"),
    "length_short": ("Kort", "Short"),
    "length_medium": ("Middel", "Medium"),
    "length_long": ("Lang", "Long"),
    "language_of_question": ("Spørgsmålets", "The question’s"),
    # examples
    "examples_text": (
        "Vis, hvordan et godt svar ser ud: spørgsmål, tekststeder, og svaret. To gode er bedre end ti.",
        "Show what a good answer looks like: question, passages, and the answer. Two good ones are better than ten.",
    ),
    "example_empty": ("Nyt eksempel", "New example"),
    "example_add": ("Tilføj et eksempel", "Add an example"),
    "example_passage": ("Tekststed {number}", "Passage {number}"),
    "passage_add": ("Tilføj et tekststed", "Add a passage"),
    "example_answer": ("Det svar, du vil have", "The answer you want"),
    "example_answer_help": (
        "Skriv [1] efter en sætning, der bygger på tekststed 1.",
        "Write [1] after a sentence that rests on passage 1.",
    ),
    "move_up": ("Op", "Up"),
    "move_down": ("Ned", "Down"),
    "context_taken": (
        "Vinkel og eksempler fylder ca. {tokens} af de {context} tokens, en lille model kan have i hovedet"
        " ({percent} %).",
        "Perspective and examples take about {tokens} of the {context} tokens that a small model can hold"
        " ({percent} %).",
    ),
    "context_crowded": (
        "Der bliver lidt plads til tekststeder: kort dem af.",
        "Little room is left for passages: shorten them.",
    ),
    "example_name": ("Som: {question}", "Like: {question}"),
    "example_begun": (
        "Svaret er nu et eksempel for en ny assistent. Giv den et navn og en vinkel, og gem.",
        "The answer is now the example of a new assistant. Give it a name and a perspective, and save.",
    ),
    "example_added": (
        "Svaret er nu et eksempel for {name} (version {version}).",
        "The answer is now an example of {name} (version {version}).",
    ),
    "example_there": ("{name} har allerede det eksempel.", "{name} has this example already."),
    "undone": ("Fortrudt: version {version} er som før.", "Undone: version {version} is as before."),
    # more
    "assistant_more": ("Mere", "More"),
    "assistant_scope_text": (
        "Hvor den leder. Intet valgt betyder alt, der spørges i.",
        "Where it looks. Nothing chosen means whatever is asked.",
    ),
    "as_settings": ("Som i indstillinger: {value}", "As in settings: {value}"),
    "without_evidence_help": (
        "Når dokumenterne ikke svarer: sig det, eller svar ud fra det nærmeste, markeret som tvivlsomt.",
        "Where the documents do not answer: say so, or answer from what is closest, marked as doubtful.",
    ),
    "without_evidence_refuse": ("Sig, at det ikke står der", "Say that they do not say"),
    "without_evidence_nearest": ("Svar ud fra det nærmeste", "Answer from the closest"),
    "assistant_model_text": (
        "Citater kræver ingen model. En model, der skriver, følger vinkel og eksempler mest.",
        "Quotes need no model. A model that writes follows perspective and examples most.",
    ),
    "temperature_help": (
        "0 giver samme svar hver gang; højere tal mere afveksling og flere fejl.",
        "0 gives the same answer each time; more means more variety and more mistakes.",
    ),
    "preference_text": (
        "Virker også på citater: tekststeder med disse ord eller fra disse dokumenter kommer først, eller slet ikke."
        " Svarets bagside viser, hvad det gjorde.",
        "Works on quotes, too: passages with these words or from these documents come first, or not at all. “How?” at"
        " each answer shows what it did.",
    ),
    "favoured_terms": ("Ord, der kommer først", "Words that come first"),
    "favoured_documents": ("Dokumenter, der kommer først", "Documents that come first"),
    "avoided_terms": ("Ord, der udelades", "Words that are left out"),
    "avoided_documents": ("Dokumenter, der udelades", "Documents that are left out"),
    "favoured_short": ("Først", "First"),
    "avoided_short": ("Udelades", "Left out"),
    "terms_placeholder": ("Skriv et ord, og tryk Enter", "Write a word and press Enter"),
    "fixed_texts": ("Faste tekster", "Fixed texts"),
    "fixed_texts_text": (
        "Står om hvert svar, ordret, og er markeret som vinkel.",
        "Stand around every answer, word for word, and are marked as perspective.",
    ),
    "steps_text": (
        "Svaret gives videre til en anden assistent, for eksempel en, der kontrollerer, eller skriver i klart sprog."
        " Højst tre. Det kræver en model, der skriver.",
        "The answer is handed on to another assistant, such as one that checks, or rewrites in plain language. Three at"
        " most. It needs a model that writes.",
    ),
    "steps_none": (
        "Her er ingen anden assistent at give videre til endnu.",
        "There is no other assistant to hand on to yet.",
    ),
    "step_first": ("Giv svaret videre til", "Hand the answer on to"),
    "step_next": ("Og derefter til", "And then to"),
    "step_nobody": ("Ingen", "Nobody"),
    "assistant_scenario_help": (
        "Den slags spørgsmål, den er til. Stemmer tælles pr. scenarie.",
        "The kind of questions it is for. Votes are counted by scenario.",
    ),
    # trying
    "try_title": ("Prøv den", "Try it"),
    "try_text": (
        "Svarer, som den står her, også uden at være gemt. Ingen samtale gemmes.",
        "Answers as it stands here, also when it is not saved. No conversation is kept.",
    ),
    "try_question": ("Et spørgsmål til dine dokumenter", "A question to your documents"),
    "try_button": ("Prøv", "Try"),
    "try_no_documents": ("Læg dokumenter ind for at prøve den.", "Add documents to try it."),
    "try_searching": ("Søger i dokumenterne…", "Searching the documents…"),
    # versions
    "assistant_versions": ("Versioner ({count})", "Versions ({count})"),
    "versions_text": (
        "Hver gang du gemmer en ændring, bliver det en version. Hvert svar viser, hvilken der svarede.",
        "Each change that you save makes a version. Every answer shows which one answered.",
    ),
    "version": ("version {number}", "version {number}"),
    "version_first": ("lavet", "made"),
    "version_look": ("Se", "Look"),
    "version_close": ("Skjul", "Hide"),
    "version_take_up": ("Tag op igen", "Take up again"),
    "version_take_up_help": (
        "Gør den til den nyeste version. Gem eller fortryd først det, du har ændret.",
        "Makes it the newest version. First save or discard what you have changed.",
    ),
    "version_taken_up": (
        "Version {old} er taget op igen som version {version}.",
        "Version {old} was taken up again as version {version}.",
    ),
    # the parts by name
    "part_name": ("Navn", "Name"),
    "part_perspective": ("Vinkel", "Perspective"),
    "part_icon": ("Ikon", "Icon"),
    "part_picture": ("Billede", "Picture"),
    "part_tone": ("Tone", "Tone"),
    "part_length": ("Længde", "Length"),
    "part_language": ("Svarets sprog", "Language of the answer"),
    "part_examples": ("Eksempler", "Examples"),
    "part_scope": ("Dokumenter", "Scope"),
    "part_preference": ("Først og udeladt", "First and left out"),
    "part_k": ("Antal tekststeder", "Number of passages"),
    "part_answer_model": ("Model", "Model"),
    "part_temperature": ("Temperatur", "Temperature"),
    "part_without_evidence": ("Når dokumenterne ikke svarer", "Where the documents do not answer"),
    "part_before": ("Før svaret", "Before the answer"),
    "part_after": ("Efter svaret", "After the answer"),
    "part_steps": ("Giver svaret videre", "Hands the answer on"),
    "part_scenario": ("Scenarie", "Scenario"),
    # icons
    "icon_person": ("Person", "Person"),
    "icon_gavel": ("Regler", "Rules"),
    "icon_checklist": ("Krav", "Requirements"),
    "icon_support_agent": ("Kundeservice", "Customer service"),
    "icon_menu_book": ("Håndbog", "Manual"),
    "icon_fact_check": ("Kontrol", "Check"),
    "icon_edit_note": ("Klart sprog", "Plain language"),
    "icon_translate": ("Sprog", "Language"),
    "icon_engineering": ("Teknik", "Engineering"),
    "icon_science": ("Undersøgelse", "Research"),
    "icon_shield": ("Sikkerhed", "Safety"),
    "icon_payments": ("Økonomi", "Finance"),
    "icon_school": ("Oplæring", "Training"),
    "icon_groups": ("Team", "Team"),
    "icon_lightbulb": ("Idéer", "Ideas"),
    "icon_campaign": ("Kommunikation", "Communication"),
}
