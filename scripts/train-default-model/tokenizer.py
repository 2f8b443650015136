"""The tokenizer: byte-level BPE with the pre-tokenizer of GPT-2, learned from the generator's text."""

import random as randomness

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

import generator

VOCABULARY = 1024
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
END_OF_TEXT, START, END = range(3)
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def train():
    """Digits are kept apart while the merges are learned, so that each digit stays a token of its own."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    ])
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=list(SPECIAL), initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def corpus():
    random = randomness.Random(7)
    for system in generator.SYSTEMS:
        yield "system\n" + system
    for _ in range(60_000):
        prompt, answer = generator.sample(random)
        yield "user\n" + prompt
        yield "assistant\n" + answer


class Encoder:
    """Dialogues as token ids; words are cached, since the generator repeats them."""

    def __init__(self, tokenizer):
        self.tokenizer, self.cache = tokenizer, {}

    def text(self, text):
        ids = self.cache.get(text)
        if ids is None:
            ids = self.tokenizer.encode(text, add_special_tokens=False).ids
            if len(self.cache) < 200_000:
                self.cache[text] = ids
        return ids

    def message(self, role, content):
        return [START] + self.text(role + "\n" + content) + [END] + self.text("\n")

    def prompt(self, content, system=None):
        """What the chat template makes of one user message."""
        before = self.message("system", system) if system else []
        return before + self.message("user", content) + [START] + self.text("assistant\n")
