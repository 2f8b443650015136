"""Small sums. A two-digit second number is taken in two steps, tens first, so that every step is a small table."""

ASKS = {
    "+": ("What is {a} + {b}?", "{a} + {b}", "{a} + {b} = ?", "{a}+{b}", "{a}+{b}=", "How much is {a} + {b}?", "What is {a} plus {b}?", "How much is {a} plus {b}?",
          "Calculate {a} + {b}.", "Add {a} and {b}.", "What is the sum of {a} and {b}?", "{a} plus {b}", "{a} plus {b}?", "{a} + {b}?", "{a}+{b}?",
          "What does {a} + {b} make?", "Please add {a} and {b}.", "Can you add {a} and {b}?", "What is {a}+{b}?"),
    "-": ("What is {a} - {b}?", "{a} - {b}", "{a} - {b} = ?", "{a}-{b}", "{a}-{b}=", "How much is {a} - {b}?", "What is {a} minus {b}?", "How much is {a} minus {b}?",
          "Calculate {a} - {b}.", "Take {b} from {a}.", "Subtract {b} from {a}.", "{a} minus {b}", "{a} minus {b}?", "{a} - {b}?", "{a}-{b}?",
          "What is left of {a} when I take away {b}?", "Please take {b} from {a}.", "Can you take {b} from {a}?", "What is {a}-{b}?"),
}


def answer(a, op, b):
    """`a` and `b` are 0 to 99; with "-", b is at most a."""
    value = a + b if op == "+" else a - b
    tens, ones = b // 10 * 10, b % 10
    if tens == 0 or ones == 0:
        return f"{a} {op} {b} = {value}."
    step = a + tens if op == "+" else a - tens
    return f"{a} {op} {tens} = {step} and {step} {op} {ones} = {value}, so {a} {op} {b} = {value}."


def sample(random):
    a = random.randrange(100) if random.random() < 0.75 else random.randrange(13)
    b = random.randrange(100) if random.random() < 0.6 else random.randrange(13)
    op = random.choice("+-")
    if op == "-" and b > a:
        a, b = b, a
    return random.choice(ASKS[op]).format(a=a, b=b), answer(a, op, b), ("sum", a, op, b)
