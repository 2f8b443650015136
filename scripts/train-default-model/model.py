"""The model: a small llama (RMSNorm, RoPE in halves as in Hugging Face folders, SwiGLU, tied embeddings)."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional


@dataclass(frozen=True)
class Shape:
    vocabulary: int = 1024
    width: int = 144
    layers: int = 6
    heads: int = 4
    head_size: int = 32
    hidden: int = 384
    context: int = 1024
    rope_base: float = 10000.0
    epsilon: float = 1e-5


class Norm(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.weight, self.epsilon = nn.Parameter(torch.ones(shape.width)), shape.epsilon

    def forward(self, x):
        return functional.rms_norm(x.float(), (x.shape[-1],), self.weight, self.epsilon)


class Layer(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape, attention_width = shape, shape.heads * shape.head_size
        self.attention_norm, self.ffn_norm = Norm(shape), Norm(shape)
        self.q = nn.Linear(shape.width, attention_width, bias=False)
        self.k = nn.Linear(shape.width, attention_width, bias=False)
        self.v = nn.Linear(shape.width, attention_width, bias=False)
        self.o = nn.Linear(attention_width, shape.width, bias=False)
        self.gate = nn.Linear(shape.width, shape.hidden, bias=False)
        self.up = nn.Linear(shape.width, shape.hidden, bias=False)
        self.down = nn.Linear(shape.hidden, shape.width, bias=False)

    def forward(self, x, cosine, sine):
        batch, tokens, _ = x.shape
        h = self.attention_norm(x)
        q, k, v = (f(h).view(batch, tokens, -1, self.shape.head_size).transpose(1, 2) for f in (self.q, self.k, self.v))
        q, k = (rotate(t, cosine, sine).to(v.dtype) for t in (q, k))
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.o(y.transpose(1, 2).reshape(batch, tokens, -1))
        h = self.ffn_norm(x)
        return x + self.down(functional.silu(self.gate(h)) * self.up(h))


def rotate(x, cosine, sine):
    first, second = x.chunk(2, -1)
    return torch.cat((first * cosine - second * sine, second * cosine + first * sine), -1)


class Llama(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = Norm(shape)
        half = shape.head_size // 2
        frequencies = shape.rope_base ** (-torch.arange(half, dtype=torch.float64) / half)
        angles = torch.outer(torch.arange(shape.context, dtype=torch.float64), frequencies)
        self.register_buffer("cosine", angles.cos().float(), persistent=False)
        self.register_buffer("sine", angles.sin().float(), persistent=False)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                scale = (2 * shape.layers) ** -0.5 if name.endswith(("o.weight", "down.weight")) else 1.0
                nn.init.normal_(parameter, std=0.02 if "embedding" in name else 0.7 * scale * parameter.shape[1] ** -0.5)

    def hidden(self, ids):
        """[batch, tokens] -> the normed states [batch, tokens, width]"""
        x, tokens = self.embedding(ids), ids.shape[1]
        for layer in self.layers:
            x = layer(x, self.cosine[:tokens], self.sine[:tokens])
        return self.norm(x)

    def forward(self, ids):
        """[batch, tokens] -> logits [batch, tokens, vocabulary]"""
        return functional.linear(self.hidden(ids), self.embedding.weight)

    @torch.no_grad()
    def answers(self, prompt, answer):
        """Whether greedy decoding after `prompt` gives exactly `answer` (both token ids)."""
        logits = self(torch.tensor([prompt + answer]))[0, len(prompt) - 1:-1]
        return logits.argmax(-1).tolist() == answer

    @torch.no_grad()
    def greedy(self, ids, limit, end):
        """The greedy continuation of `ids`, at most `limit` tokens, with the end token where it came."""
        output = []
        while len(output) < limit and (not output or output[-1] != end):
            output.append(int(self(torch.tensor([ids + output]))[0, -1].argmax()))
        return output
