"""Words of the models page. key: (Danish, English)."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "models": ("Modeller", "Models"),
    "models_intro": (
        "Hvem skriver svarene, og hvor hurtigt det går på denne maskine.",
        "What writes the answers, and how fast it is on this machine.",
    ),
    # without a language model
    "models_none": (
        "Her er ingen god sprogmodel endnu, og det er i orden",
        "There is no good language model yet, and that is fine",
    ),
    "models_none_text": (
        "Kilde svarer ved at citere: de bedste sætninger fra dine dokumenter, ord for ord, hver med sin kilde. Det er"
        " hurtigt og finder ikke på noget. En sprogmodel skriver i stedet et sammenhængende svar på dit sprog, med din"
        " vinkel. Det er langsommere, og den kan tage fejl; derfor holder Kilde hver sætning op mod kilderne.",
        "Kilde answers by quoting: the best sentences of your documents, word for word, each with its source. That is"
        " fast"
        " and invents nothing. A language model writes a connected answer in your language instead, with your angle."
        " That"
        " is slower, and it can be wrong; so Kilde holds every sentence against the sources.",
    ),
    "models_none_sizes": (
        "Denne maskine har {memory} GB hukommelse. Den kan bære en modelfil på op til {largest} GB. Op til omkring"
        " {quick} GB skriver den så hurtigt, som man læser; større modeller svarer bedre, men langsommere.",
        "This machine has {memory} GB of memory. It can carry a model file of up to {largest} GB. Up to about {quick}"
        " GB it"
        " writes as fast as one reads; larger models answer better, but more slowly.",
    ),
    "models_none_small": (
        "Denne maskine har {memory} GB hukommelse. Det er for lidt til en sprogmodel ved siden af Kilde; en modelserver"
        " på en anden maskine er vejen frem.",
        "This machine has {memory} GB of memory. That is too little for a language model beside Kilde; a model server"
        " on"
        " another machine is the way to go.",
    ),
    "models_none_ways": (
        "Tre veje til en model: hent en herunder (kræver net én gang); læg en fil, der ender på .gguf, i mappen"
        " {folder};"
        " eller bed administratoren om en modelserver.",
        "Three ways to a model: fetch one below (needs a network once); put a file that ends in .gguf into the folder"
        " {folder}; or ask the administrator for a model server.",
    ),
    # what is here
    "models_here": ("Modeller, der kan svare", "Models that can answer"),
    "models_search": ("Søg i modeller", "Search models"),
    "models_not_found": ("Ingen modeller passer til søgningen.", "No models fit the search."),
    "models_show_all": ("Vis alle {count}", "Show all {count}"),
    "models_quoting": ("Citat", "Quoting"),
    "models_from_packaged": ("følger med Kilde", "comes with Kilde"),
    "models_from_file": ("fil i mappen {detail}", "file in the folder {detail}"),
    "models_from_hub": ("hentet fra hubben: {detail}", "from the hub: {detail}"),
    "models_from_folder": ("mappe i {detail}", "folder in {detail}"),
    "models_from_server": ("på serveren {detail}", "on the server {detail}"),
    "models_parameters": ("{count} parametre", "{count} parameters"),
    "models_context": ("læser op til {count} tokens", "reads up to {count} tokens"),
    "models_licence": ("licens: {licence}", "licence: {licence}"),
    "models_in_use": ("Bruges til svar", "Used for answers"),
    "models_use": ("Brug til svar", "Use for answers"),
    "models_now_used": ("{name} skriver nu svarene.", "{name} writes the answers now."),
    "models_deleted": ("{name} er slettet.", "{name} has been deleted."),
    "models_delete_named": ("Slet {name}?", "Delete {name}?"),
    "models_delete_text": (
        "Filerne slettes fra disken, {size}. Det kan ikke fortrydes, men modellen kan hentes igen.",
        "The files are deleted from the disk, {size}. This cannot be undone, but the model can be fetched again.",
    ),
    "good_quoting": (
        "God til at slå op: de bedste sætninger ord for ord, med det samme. Finder aldrig på noget.",
        "Good for looking things up: the best sentences word for word, at once. Never invents.",
    ),
    "good_base": (
        "En grundmodel, der ikke er lært op til at svare: den finder på. Kun til forsøg.",
        "A base model that was not taught to answer: it makes things up. For experiments only.",
    ),
    "good_tiny": (
        "Meget lille og hurtig. Tager ofte fejl; kun til forsøg.",
        "Very small and fast. Often wrong; for experiments only.",
    ),
    "good_quick": (
        "Lille og hurtig. God til korte svar på klare spørgsmål, bedst på engelsk.",
        "Small and fast. Good for short answers to clear questions, best in English.",
    ),
    "good_everyday": ("God til hverdagens spørgsmål.", "Good for everyday questions."),
    "good_careful": (
        "Omhyggelig: god til svar, der samler flere steder.",
        "Careful: good for answers that draw on several places.",
    ),
    "good_best": (
        "Blandt de bedste, der kan køre på egen maskine. Kræver tålmodighed uden grafikkort.",
        "Among the best that run on a machine of one’s own. Takes patience without a graphics card.",
    ),
    "good_server": (
        "Kører på en server: hurtig, men spørgsmål og tekststeder sendes dertil.",
        "Runs on a server: fast, but questions and passages are sent there.",
    ),
    "good_danish": ("God til dansk for sin størrelse.", "Good at Danish for its size."),
    "good_english": ("God til engelsk, brugelig på dansk.", "Good at English, usable in Danish."),
    "good_long": ("God til lange dokumenter og europæiske sprog.", "Good for long documents and European languages."),
    "good_reasoning": ("God til krav og regler med mange led.", "Good for requirements and rules with many parts."),
    "good_best_danish": ("Bedst til dansk af dem her.", "The best of these at Danish."),
    # trial
    "models_try": ("Prøv", "Try"),
    "models_try_text": (
        "Stiller et fast spørgsmål om en garanti med tre tekststeder, og måler.",
        "Asks a fixed question about a warranty with three passages, and measures.",
    ),
    "models_loading": ("Gør modellen klar… {seconds} s", "Getting the model ready… {seconds} s"),
    "models_reading": ("Læser tekststederne… {seconds} s", "Reading the passages… {seconds} s"),
    "models_writing": ("Skriver… {seconds} s", "Writing… {seconds} s"),
    "models_measured": ("Målt her {when}", "Measured here {when}"),
    "models_not_tried": ("Ikke prøvet på denne maskine endnu.", "Not tried on this machine yet."),
    "models_speed": ("skriver {speed} tokens/s", "writes {speed} tokens/s"),
    "models_first_word": ("første ord efter {seconds} s", "first word after {seconds} s"),
    "models_load": ("klar på {seconds} s", "ready in {seconds} s"),
    "models_language_da": ("dansk", "Danish"),
    "models_language_en": ("engelsk", "English"),
    "models_right": ("rigtigt svar", "right answer"),
    "models_wrong": ("forkert svar", "wrong answer"),
    "models_in_language": ("svarer på {name}", "answers in {name}"),
    "models_other_language": ("svarer ikke på {name}", "does not answer in {name}"),
    "models_cited": ("henviser til kilder", "names its sources"),
    "models_not_cited": ("henviser ikke til kilder", "names no sources"),
    "models_see_answer": ("Se spørgsmål og svar", "See question and answer"),
    "models_no_answer": ("Der kom intet svar.", "No answer came."),
    "models_compared": ("Målt på denne maskine", "Measured on this machine"),
    "models_unit": ("tokens/s", "tokens/s"),
    "models_first_short": ("første ord", "first word"),
    "models_tokens_text": (
        "Et token er et stykke af et ord; et dansk ord er omkring to. Man læser cirka fem i sekundet.",
        "A token is a piece of a word; an English word is a little more than one. One reads about five a second.",
    ),
    # fetching
    "models_get": ("Hent en model", "Get a model"),
    "models_get_text": (
        "Fra hubben {host}. Hver fil kontrolleres mod hubbens kontrolsum, før den tages i brug; intet i den køres.",
        "From the hub {host}. Each file is checked against the hub’s checksum before it is used; nothing in it is run.",
    ),
    "models_machine": (
        "Denne maskine: {memory} GB hukommelse, {cores} kerner, {disk} GB ledig disk.",
        "This machine: {memory} GB of memory, {cores} cores, {disk} GB of free disk.",
    ),
    "models_well": ("Kører godt her: ca. {speed} tokens/s", "Runs well here: about {speed} tokens/s"),
    "models_slowly": ("Kører langsomt her: ca. {speed} tokens/s", "Runs slowly here: about {speed} tokens/s"),
    "models_too_large": (
        "For stor til denne maskine: kræver {needed} GB hukommelse",
        "Too large for this machine: takes {needed} GB of memory",
    ),
    "models_terms": ("egne vilkår", "its own terms"),
    "models_fetch": ("Hent", "Get"),
    "models_is_here": ("Er her", "Is here"),
    "models_coming": ("På vej", "On its way"),
    "models_other": ("En anden model fra hubben", "Another model from the hub"),
    "models_other_help": (
        "Udgiver/model, som det står på hubben, for eksempel Qwen/Qwen2.5-1.5B-Instruct-GGUF.",
        "Publisher/model as the hub has it, for example Qwen/Qwen2.5-1.5B-Instruct-GGUF.",
    ),
    "models_look": ("Se, hvad der er", "See what there is"),
    "models_asking": ("Spørger hubben…", "Asking the hub…"),
    "models_which": ("Hvilken fil af {name}?", "Which file of {name}?"),
    "models_done_of": ("{done} af {size}", "{done} of {size}"),
    "models_checking": ("Kontrollerer indholdet… {done} af {size}", "Checking the content… {done} of {size}"),
    "models_stopped": (
        "Stoppet ved {done} af {size}. Det hentede er gemt.",
        "Stopped at {done} of {size}. What came is kept.",
    ),
    "models_came": ("Hentet og kontrolleret: {size}", "Fetched and checked: {size}"),
    "models_stopping": ("Stopper…", "Stopping…"),
    "models_resume": ("Fortsæt", "Go on"),
    "models_discard": ("Kassér", "Discard"),
    "models_hide": ("Skjul", "Hide"),
    # servers
    "models_servers": ("Modelservere", "Model servers"),
    "models_servers_none": (
        "Der er fundet ingen modelservere på denne maskine, og administratoren har ikke tilføjet nogen.",
        "No model servers were found on this machine, and the administrator has added none.",
    ),
    "models_server_asked": ("spørges…", "being asked…"),
    "models_server_there": ("svarer, {count} modeller", "answers, {count} models"),
    "models_server_there_one": ("svarer, 1 model", "answers, 1 model"),
    "models_server_silent": ("svarer ikke", "does not answer"),
    "models_server_found": ("fundet på denne maskine", "found on this machine"),
    "models_server_environment": ("tilføjet af administratoren", "added by the administrator"),
    "models_server_file": ("tilføjet af administratoren", "added by the administrator"),
    "models_ask_again": ("Spørg igen", "Ask again"),
    "models_add_server": ("Sådan tilføjer en administrator en server", "How an administrator adds a server"),
    "models_add_server_text": (
        "Adresser og nøgler kan ikke skrives på siden. Sæt dem i miljøet, eller skriv dem i filen servers.toml i"
        " datamappen, som kun administratoren må kunne ændre. Genstart Kilde bagefter. Servere på de sædvanlige porte"
        " på"
        " denne maskine (Ollama, LM Studio, vLLM, llama.cpp) findes af sig selv.",
        "Addresses and keys cannot be typed into the page. Set them in the environment, or write them into the file"
        " servers.toml in the data folder, which only the administrator may be able to change. Restart Kilde"
        " afterwards."
        " Servers on the usual ports of this machine (Ollama, LM Studio, vLLM, llama.cpp) are found by themselves.",
    ),
    # settings
    "context": ("Sprogmodellens kontekst (tokens)", "Context of the language model (tokens)"),
    "context_help": (
        "Hvor meget en GGUF-model læser og skriver ad gangen; mere tager mere plads. 0 er det, Kilde finder bedst.",
        "How much a GGUF model reads and writes in one go; more takes more memory. 0 is what Kilde finds best.",
    ),
    "threads": ("Tråde til sprogmodellen", "Threads for the language model"),
    "threads_help": (
        "Hvor mange af processorens kerner en GGUF-model bruger. Færre levner mere til andre programmer; 0 er alle.",
        "How many of the processor's cores a GGUF model uses. Fewer leave more for other programs; 0 is all of them.",
    ),
}
