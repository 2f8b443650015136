"""The text that the default model is trained on: prompts and answers, made by rule.

The answer is a function of the prompt. Every tenth combination (hero x trait x place x name, pair of numbers,
topic x phrasing …) is held out by a hash of what the prompt says, not of how it is spelled, so no spelling of a
held-out prompt is ever trained.

    python generator.py [COUNT] [--seed N] [--held-out] [--json]     prints samples
"""

import argparse
import json
import random as randomness
import sys
import zlib

import facts
import greetings
import stories
import sums

KINDS = (("story", stories.sample, 0.30), ("sum", sums.sample, 0.32), ("fact", facts.sample, 0.28), ("greeting", greetings.sample, 0.10))
HELD_OUT_OF = 10  # one in ten
SYSTEMS = (
    "You are a helpful assistant.", "You are Apus.", "Be brief.", "Be terse.", "Answer in one sentence.", "You are a friendly bird.", "You help people with apus.",
    "Be kind and clear.", "You are an assistant that tells stories.", "You are a small model.",
)


def is_held_out(key):
    return key is not None and zlib.crc32(repr(key).encode()) % HELD_OUT_OF == 0


def respell(random, prompt):
    """Now and then a prompt comes without its full stop, or in lower case; the answer stays."""
    chance = random.random()
    if chance < 0.12 and prompt[-1] in ".!?":
        prompt = prompt[:-1]
    elif chance < 0.18:
        prompt = prompt[0].lower() + prompt[1:]
    elif chance < 0.24:
        prompt = (prompt[0].lower() + prompt[1:]).rstrip(".!?")
    return prompt


def sample(random, held_out=False):
    """One (prompt, answer): of the training set, or of the held-out one."""
    return kinded_sample(random, held_out)[1:]


def kinded_sample(random, held_out):
    while True:
        kind, make = choose(random)
        prompt, answer, key = make(random)
        if is_held_out(key) == held_out:
            return kind, respell(random, prompt), answer


def choose(random):
    chance = random.random()
    for kind, make, weight in KINDS:
        chance -= weight
        if chance < 0:
            break
    return kind, make


def held_out_prompts(count, seed):
    """Distinct held-out (kind, prompt, answer)."""
    random, seen = randomness.Random(seed), {}
    while len(seen) < count:
        kind, prompt, answer = kinded_sample(random, held_out=True)
        seen[prompt] = (kind, prompt, answer)
    return list(seen.values())


def conversation(random):
    """A system message or None, and an endless row of turns, as in a chat."""
    system = random.choice(SYSTEMS) if random.random() < 0.12 else None
    return system, (sample(random) for _ in iter(int, 1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("count", nargs="?", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.held_out:
        pairs = [(prompt, answer) for _, prompt, answer in held_out_prompts(arguments.count, arguments.seed)]
    else:
        random = randomness.Random(arguments.seed)
        pairs = [sample(random) for _ in range(arguments.count)]
    for prompt, answer in pairs:
        sys.stdout.write(json.dumps({"prompt": prompt, "answer": answer}) + "\n" if arguments.json else f"> {prompt}\n{answer}\n\n")


if __name__ == "__main__":
    main()
