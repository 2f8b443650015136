"""Questions about apus, the engine and the bird, and what the model says to all it does not know."""

import greetings

# command: (what it does, phrases for the task that it does)
COMMANDS = {
    "run": ("`apus run` answers one prompt: it streams the text to standard output and prints both speeds to standard error.",
            ("answer one prompt", "get one answer from a model", "run a model once", "complete a text in a script")),
    "chat": ("`apus chat` opens an interactive chat with a model. Ctrl-C stops only the answer, and lines that begin with a slash are commands.",
             ("chat with a model", "talk with a model", "have a conversation", "open an interactive chat")),
    "serve": ("`apus serve` starts an HTTP server on 127.0.0.1, port 8080, that speaks the OpenAI chat and completion endpoints.",
              ("start a server", "offer a model over HTTP", "use a model with an OpenAI client", "serve a model")),
    "inspect": ("`apus inspect` shows what is in a model file: its metadata, and with `--tensors` every tensor with shape and format.",
                ("look into a model file", "see the metadata of a model", "list the tensors of a model", "find out what a file contains")),
    "tokenize": ("`apus tokenize` turns text into token ids and prints them, separated by spaces.",
                 ("turn text into tokens", "see the token ids of a text", "count the tokens of a text", "encode a text")),
    "detokenize": ("`apus detokenize` turns token ids back into text.",
                   ("turn tokens into text", "decode token ids", "read token ids as text", "get the text of some ids")),
    "template": ("`apus template` prints the prompt that the chat template of a model makes of a conversation, with nothing added.",
                 ("see the prompt of a conversation", "render a chat template", "check a chat template", "test a Jinja template")),
    "logits": ("`apus logits` writes the logits of given tokens to a file, as float32 in little-endian order.",
               ("get the logits", "write logits to a file", "compare logits with a reference", "see the raw scores of a model")),
    "bench": ("`apus bench` measures a model: tokens per second for the prompt and for the generation.",
              ("measure the speed of a model", "benchmark a model", "find out how fast a model is", "get tokens per second")),
    "route": ("`apus route` sends a prompt through the tiers, local or remote, and the first that succeeds answers.",
              ("send a prompt through the router", "try the fallback", "let the first tier that works answer", "test my tiers with a prompt")),
    "doctor": ("`apus doctor` shows the tiers that the environment defines, with hints on what is missing.",
               ("check my configuration", "see which tiers are set", "find out why a tier is missing", "check the environment")),
}
COMMAND_ASKS = (
    "What does {} do?", "What is {} for?", "What is {}?", "How does {} work?", "Explain {}.", "Explain {} to me.", "Tell me about {}.", "When do I need {}?",
    "Why would I use {}?", "What happens when I call {}?", "Describe {}.", "What can I do with {}?", "Help me with {}.", "What do I get from {}?",
)
COMMAND_NAMES = ("apus {}", "`apus {}`", "the {} command", "the command {}", "the {} command of apus")
TASK_ASKS = (
    "How do I {}?", "How can I {}?", "Which command do I use to {}?", "What do I type to {}?", "I want to {}.", "I want to {}. What do I type?", "Can apus {}?",
    "Is there a command to {}?", "Show me how to {}.", "How would I {} with apus?", "What is the way to {}?", "I need to {}.", "Which command lets me {}?", "Help me to {}.",
)

OPTIONS = {
    "-n": "`-n` sets the greatest number of tokens of the answer. Without it the limit is 2048.",
    "--temp": "`--temp` sets the temperature. It is 0.7 when nothing is said, and 0 always takes the likeliest token.",
    "--top-k": "`--top-k` lets the sampler choose only among the k likeliest tokens.",
    "--top-p": "`--top-p` lets the sampler choose among the likeliest tokens whose probabilities add up to p.",
    "--min-p": "`--min-p` drops each token whose probability is below p times that of the likeliest one.",
    "--repeat-penalty": "`--repeat-penalty` makes tokens that were used already less likely.",
    "--stop": "`--stop` ends the answer where the given text appears. It can be given more than once.",
    "--seed": "`--seed` fixes the random numbers: the same seed gives the same text, whatever the thread count.",
    "--system": "`--system` sets the system message that comes before the prompt.",
    "--raw": "`--raw` completes the text as it stands, without a chat template.",
    "--ctx": "`--ctx` sets how many tokens the context holds.",
    "--threads": "`--threads` sets how many threads do the work.",
    "--matmul": "`--matmul` chooses how matrices are multiplied: `auto`, `simd` or `blas`.",
    "--json": "`--json` prints the result in a form for machines.",
    "--host": "`--host` sets the address on which the server listens. It is 127.0.0.1 when nothing is said.",
    "--port": "`--port` sets the port of the server. It is 8080 when nothing is said.",
    "--tensors": "`--tensors` makes `apus inspect` list every tensor.",
    "-f": "`-f` reads the prompt from a file.",
    "-m": "`-m` names the model. Without it the small default model answers.",
}
OPTION_ASKS = (
    "What does {} do?", "What is {} for?", "What is {}?", "Explain {}.", "Explain {} to me.", "Tell me about {}.", "When do I need {}?", "What does {} mean?",
    "Why would I use {}?", "Describe {}.", "What happens with {}?", "What does {} change?",
)
OPTION_NAMES = ("{}", "`{}`", "the option {}", "the {} option", "the flag {}")

# Each line: the ways to ask, and the answer.
QUESTIONS = (
    # The engine.
    (("What is apus?", "What is apus good for?", "Explain apus.", "What does apus do?", "Tell me about apus.", "What kind of program is apus?"),
     "Apus is an inference engine for language models, written in Swift. It runs models on your own machine, and a router can fall back to remote ones."),
    (("Why is apus called apus?", "What does the name apus mean?", "Where does the name apus come from?", "Why the name apus?"),
     "Apus is the genus of the common swift, a fast bird, and the engine is written in Swift. The name comes from Greek and means without feet."),
    (("Which language is apus written in?", "What is apus written in?", "Is apus written in Swift?", "In which language is apus written?"),
     "Apus is written in Swift."),
    (("Who are you?", "What are you?", "Are you a real model?", "What model are you?", "Which model are you?", "How big are you?", "How many parameters do you have?"),
     "I am the demonstration model of apus. I have about two million parameters, so I know very little, but I am quick."),
    (("What can you do?", "What do you know?", "What can I ask you?", "How can you help me?", "Help.", "Help me.", "What are you able to do?"),
     "I tell short stories, do small sums and answer questions about apus. For more, give apus a bigger model."),
    (("How were you trained?", "Who trained you?", "On which data were you trained?", "What were you trained on?", "Where does your text come from?"),
     "I was trained by a script in the repository of apus, on text that the project makes itself."),
    (("Which files can apus read?", "Which file formats does apus know?", "Which models can apus run?", "What models does apus support?", "What formats does apus read?"),
     "Apus reads GGUF files, and Hugging Face folders with safetensors. It knows llama, qwen2, qwen3, gpt2, phi2, smollm3 and gemma2 models."),
    (("Which commands does apus have?", "List the commands of apus.", "What commands are there?", "Which commands are there?", "Show me all commands."),
     "The commands are run, chat, serve, inspect, tokenize, detokenize, template, logits, bench, route and doctor."),
    (("What is GGUF?", "Explain GGUF.", "What is a GGUF file?", "Tell me about GGUF.", "What does a GGUF file hold?"),
     "GGUF is a file format that holds a whole model: metadata, tokenizer and tensors. Apus maps it into memory and copies nothing."),
    (("What is safetensors?", "What is a safetensors file?", "Explain safetensors.", "Tell me about safetensors."),
     "Safetensors is a file format for tensors: a header in JSON, and then the bytes of the tensors."),
    (("What is a token?", "Explain tokens.", "What are tokens?", "What is a token in a language model?"),
     "A token is a piece of text, often a part of a word. A model reads and writes numbers that stand for tokens."),
    (("What is a tier?", "What are tiers?", "Explain tiers.", "What does tier mean in apus?"),
     "A tier is one place that can answer: a local model or a remote provider. The router tries the tiers in order."),
    (("What is the router?", "What does the router do?", "How does the router work?", "Explain the router.", "How does the fallback work?", "What is the fallback?"),
     "The router holds an ordered list of tiers and tries them in turn. The first success wins, and after the first token it does not switch."),
    (("What happens when the local model fails?", "What if the local model is missing?", "What if my model does not fit into memory?", "What happens when a tier fails?"),
     "Then the router tries the next tier. If all of them fail, one error names each attempt and its reason."),
    (("What is quantisation?", "What is quantization?", "Explain quantisation.", "What does Q8_0 mean?", "What is Q4_K?"),
     "Quantisation stores weights in few bits, in small blocks with a scale. The file is smaller and the model is faster, at a little loss."),
    (("What is the KV cache?", "What is a KV cache?", "Explain the KV cache.", "What does the KV cache do?"),
     "The KV cache keeps the keys and values of all tokens so far, so that each new token needs only one step."),
    (("What is a chat template?", "Explain chat templates.", "What does a chat template do?", "What are chat templates?"),
     "A chat template turns a conversation into the text that a model was trained on. It is written in Jinja."),
    (("What is temperature?", "What does the temperature do?", "Explain temperature.", "What does temperature mean for a model?"),
     "Temperature makes the choice of the next token bolder or more careful. With 0 the likeliest token always wins."),
    (("Which port does the server use?", "On which port does apus serve listen?", "What is the default port?", "Where does the server listen?"),
     "The server listens on 127.0.0.1, port 8080, unless you say otherwise."),
    (("Which endpoints does the server have?", "What endpoints are there?", "Which paths does apus serve answer?", "Which requests does the server answer?"),
     "The server answers /v1/chat/completions, /v1/completions, /v1/models and /health."),
    (("What is the license of apus?", "Which license does apus have?", "Is apus free?", "Is apus open source?", "May I use apus in my product?"),
     "Apus has the MIT license, so you may use, change and share it."),
    (("Does apus need a GPU?", "Do I need a graphics card?", "Does apus run on the CPU?", "Which hardware does apus need?"),
     "Apus runs on the CPU. It chooses its kernels at run time, by the instructions that your processor has."),
    (("Does apus send my data anywhere?", "Is my data private?", "Does apus work offline?", "Can I use apus without a network?"),
     "A local model needs no network, and your text stays on your machine. Only remote tiers that you set up get your prompt."),
    (("What are the exit codes?", "Which exit codes does apus have?", "What does exit code 1 mean?", "What does exit code 2 mean?"),
     "Exit code 0 means done, 1 means that the work failed, and 2 means wrong usage."),
    (("How do I use a bigger model?", "How do I load my own model?", "How do I choose a model?", "Can I use another model?", "How do I name a model?"),
     "Give its path: `apus run model.gguf \"Your prompt\"`. A Hugging Face folder works too."),
    (("How do I install apus?", "How do I build apus?", "How do I start?", "How do I get started?"),
     "Clone the repository and call `scripts/run \"Tell me a story\"`. It builds all and runs it; `swift build` works too."),
    (("How do I run the tests?", "How do I test apus?", "Where are the tests?", "How can I check that apus works?"),
     "Call `scripts/test`, or `swift test`."),
    (("How do I use apus in my program?", "How do I use apus as a library?", "Is apus a library?", "Can I use apus from Swift?"),
     "Import Apus and write `let model = try await Model(\"model.gguf\")`, then `try await model.respond(to: \"Hi\")`."),
    # The bird.
    (("What is a swift?", "What kind of bird is a swift?", "What is a common swift?", "Which bird is apus?", "What kind of bird is apus?", "Tell me about swifts."),
     "The common swift, Apus apus, is a small dark bird that lives in the air. It eats, drinks and even sleeps on the wing."),
    (("What do swifts eat?", "What does a swift eat?", "What is the food of swifts?", "What do swifts feed on?"),
     "Swifts eat insects and small spiders, which they catch in the air."),
    (("How fast is a swift?", "How fast can a swift fly?", "How fast do swifts fly?", "What is the top speed of a swift?"),
     "A common swift can fly more than 110 kilometres per hour, level and by its own strength."),
    (("Where do swifts sleep?", "How do swifts sleep?", "Does a swift sleep in the air?", "When do swifts sleep?"),
     "Swifts sleep in the air: they climb high in the evening and rest while they glide."),
    (("How long can a swift stay in the air?", "How long do swifts fly?", "Does a swift ever land?", "When does a swift land?"),
     "Some swifts stay in the air for ten months. They land to nest."),
    (("Where do swifts nest?", "Where do swifts build their nests?", "Where does a swift live?", "Where do swifts live?"),
     "Swifts nest in holes under roofs, in towers and in walls, and often return to the same hole every year."),
    (("Where do swifts spend the winter?", "Where do swifts fly in autumn?", "Where are swifts in winter?", "Do swifts migrate?"),
     "Swifts spend the winter in Africa, south of the Sahara, and come back to Europe in spring."),
    (("How big is a swift?", "How large is a swift?", "How heavy is a swift?", "What does a swift weigh?", "How wide are the wings of a swift?"),
     "A common swift weighs about 40 grams, and its wings measure about 40 centimetres from tip to tip."),
    (("How many eggs does a swift lay?", "How many young does a swift have?", "How many eggs do swifts lay?"),
     "A swift lays two or three eggs."),
    (("Why do swifts scream?", "What does a swift sound like?", "What is the call of a swift?", "Do swifts sing?"),
     "Swifts do not sing, they scream: on summer evenings they race around the roofs in groups and call."),
    (("Is a swift a swallow?", "Are swifts swallows?", "Are swifts related to swallows?", "What are the relatives of the swift?"),
     "No: swifts look like swallows, but their nearest relatives are the hummingbirds."),
)

PREFIXES = ("", "", "", "", "", "", "Hi! ", "Hello! ", "Please tell me: ", "I have a question. ", "A question: ", "Say, ", "Tell me: ", "Quick question: ")
SUFFIXES = ("", "", "", "", "", "", " Thanks!", " Please be brief.", " I am new here.", " I would like to know.")

UNKNOWN = "I do not know that: I am only a small demonstration model. Ask me about apus, for a small sum or for a story, or give apus a bigger model."
COUNTRIES = "France Spain Italy Japan Kenya Peru Norway Egypt India China Brazil Canada Poland Greece Chile Cuba Iran Ghana Nepal Turkey".split()
THINGS = ("love", "the rain", "money", "cars", "football", "music", "winter", "the war", "history", "school", "coffee", "the internet", "work", "politics", "chess", "science", "dreams", "health", "art", "space")
DISHES = ("bread", "pizza", "soup", "rice", "a cake", "pasta", "an omelette", "tea", "pancakes", "a salad")
LANGUAGES = "French German Spanish Latin Italian Dutch Greek Danish Welsh Czech".split()
WORK = ("sorts a list", "reads a file", "draws a circle", "finds primes", "plays chess", "counts words", "sends a mail", "parses JSON")
UNKNOWN_ASKS = (
    ("What is the capital of {}?", COUNTRIES), ("How many people live in {}?", COUNTRIES), ("Who governs {}?", COUNTRIES), ("What is the weather in {}?", COUNTRIES), ("How do I travel to {}?", COUNTRIES),
    ("Write a poem about {}.", THINGS), ("What do you think about {}?", THINGS), ("Write an essay about {}.", THINGS), ("Give me a quote about {}.", THINGS), ("Tell me a joke about {}.", THINGS),
    ("How do I make {}?", DISHES), ("What is the recipe for {}?", DISHES), ("How long do I cook {}?", DISHES), ("How do I say hello in {}?", LANGUAGES), ("Translate this into {}.", LANGUAGES),
    ("Do you speak {}?", LANGUAGES), ("Write a program that {}.", WORK), ("Write code that {}.", WORK), ("Write a script that {}.", WORK), ("Who invented {}?", THINGS), ("What is the meaning of {}?", THINGS),
)


def sample(random):
    kind = random.random()
    if kind < 0.22:
        name = random.choice(list(COMMANDS))
        ask, form = random.choice(COMMAND_ASKS), random.choice(COMMAND_NAMES)
        prompt, answer, key = ask.format(form.format(name)), COMMANDS[name][0], ("fact", name, ask, form)
    elif kind < 0.42:
        name = random.choice(list(COMMANDS))
        ask, task = random.choice(TASK_ASKS), random.choice(COMMANDS[name][1])
        prompt, key = ask.format(task), ("fact", task, ask)
        answer = f"Use `apus {name}`. " + COMMANDS[name][0].replace(f"`apus {name}`", "It")
    elif kind < 0.58:
        name = random.choice(list(OPTIONS))
        ask, form = random.choice(OPTION_ASKS), random.choice(OPTION_NAMES)
        prompt, answer, key = ask.format(form.format(name)), OPTIONS[name], ("fact", name, ask, form)
    elif kind < 0.87:
        asks, answer = random.choice(QUESTIONS)
        prompt, key = random.choice(asks), None
    else:
        ask, things = random.choice(UNKNOWN_ASKS)
        thing = random.choice(things)
        prompt, answer, key = ask.format(thing), UNKNOWN, ("fact", ask, thing)
    prefix, suffix = random.choice(PREFIXES), random.choice(SUFFIXES)
    if prompt in greetings.QUESTIONS:
        prefix = suffix = ""  # after a hello this question is a greeting, with a shorter answer
    if prefix or suffix:
        key = (key or ("fact", prompt)) + (prefix, suffix)
    if prefix.endswith(", "):
        prompt = prompt[0].lower() + prompt[1:] if prompt[:2] != "I " else prompt
    return prefix + prompt + suffix, answer, key
