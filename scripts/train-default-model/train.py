"""Trains the default model on text of the generator; continues from its last checkpoint.

    python train.py --output FOLDER [--minutes 60] [--steps 4000] [--threads 2] [--compile]
"""

import argparse
import math
import os
import random as randomness
import time
from pathlib import Path

import torch
from torch.nn import functional

import generator
from model import Llama, Shape
from tokenizer import END, Encoder, train as train_tokenizer
from tokenizers import Tokenizer

TOKENS_PER_STEP = 6144
LENGTH, LONG_LENGTH = 256, 1024  # of the sequences of a step; every third of the last steps is long
LONG_FROM = 0.85  # of all steps
WARM_UP = 50  # steps after a start or a restart


def rows(encoder, random, length, count):
    """`count` sequences of whole conversations, cut at `length` + 1, with the mask of what is learned: answers and their end."""
    ids, learned = torch.zeros(count, length + 1, dtype=torch.long), torch.zeros(count, length + 1, dtype=torch.bool)
    for row in range(count):
        system, turns = generator.conversation(random)
        tokens = encoder.message("system", system) if system else []
        mask = [False] * len(tokens)
        while len(tokens) <= length:
            prompt, answer = next(turns)
            asked, told = encoder.prompt(prompt), encoder.text(answer) + [END]
            tokens += asked + told + encoder.text("\n")
            mask += [False] * len(asked) + [True] * len(told) + [False]
        ids[row], learned[row] = torch.tensor(tokens[:length + 1]), torch.tensor(mask[:length + 1])
    return ids, learned


def accuracy(model, encoder, count, seed, show=0):
    """Share of held-out prompts whose greedy answer is exactly the generator's."""
    model.eval()
    pairs = generator.held_out_prompts(count, seed)
    wrong = [p for _, p, a in pairs if not model.answers(encoder.prompt(p), encoder.text(a) + [END])]
    model.train()
    if wrong and show:
        print("  wrong: " + " | ".join(wrong[:show]), flush=True)
    return 1 - len(wrong) / count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=0.003)
    parser.add_argument("--compile", action="store_true", help="through torch.compile: twice as fast, needs a C++ compiler")
    parser.add_argument("--evaluate-every", type=int, default=250)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    arguments.output.mkdir(parents=True, exist_ok=True)

    tokenizer_path, checkpoint = arguments.output / "tokenizer.json", arguments.output / "checkpoint.pt"
    if not tokenizer_path.exists():
        train_tokenizer().save(str(tokenizer_path))
    encoder = Encoder(Tokenizer.from_file(str(tokenizer_path)))
    model = Llama(Shape())
    parameters = list(model.parameters())
    optimizer = torch.optim.AdamW(
        [{"params": [p for p in parameters if p.dim() == 2], "weight_decay": 0.05},
         {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0.0}],
        lr=arguments.rate, betas=(0.9, 0.98))
    step = 0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"])
        if "optimizer" in state:
            optimizer.load_state_dict(state["optimizer"])
        step = state["step"]
    print(f"{sum(p.numel() for p in model.parameters())} parameters, from step {step}", flush=True)

    begun = told = time.time()
    first, total, counted = step, 0.0, 0
    hidden = torch.compile(model.hidden) if arguments.compile else model.hidden
    while step < arguments.steps and time.time() - begun < arguments.minutes * 60:
        random = randomness.Random(f"{arguments.seed}/{step}")
        progress = step / arguments.steps
        rate = arguments.rate * min(1, (step - first + 1) / WARM_UP) * (0.02 + 0.49 * (1 + math.cos(math.pi * progress)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        length = LONG_LENGTH if progress > LONG_FROM and step % 3 == 0 else LENGTH
        ids, learned = rows(encoder, random, length, TOKENS_PER_STEP // length)
        with torch.autocast("cpu", torch.bfloat16):
            states = hidden(ids[:, :-1])[learned[:, 1:]]
            logits = functional.linear(states, model.embedding.weight)
        loss = functional.cross_entropy(logits.float(), ids[:, 1:][learned[:, 1:]])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step, total, counted = step + 1, total + loss.item(), counted + 1
        if step % 25 == 0:
            seconds = (time.time() - told) / counted
            print(f"{time.strftime('%H:%M:%S')} step {step} loss {total / counted:.4f} {seconds:.2f} s/step", flush=True)
            told, total, counted = time.time(), 0.0, 0
        if step % 100 == 0 or step == arguments.steps:
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
            torch.save(state, f"{checkpoint}.new")
            os.replace(f"{checkpoint}.new", checkpoint)
        if step % arguments.evaluate_every == 0 or step == arguments.steps:
            share = accuracy(model, encoder, 400 if step == arguments.steps else 100, seed=step, show=4)
            print(f"{time.strftime('%H:%M:%S')} step {step} held-out prompts answered as the generator would: {share:.1%}", flush=True)
            told = time.time()


if __name__ == "__main__":
    main()
