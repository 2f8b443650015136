"""Greetings, thanks and good-byes; a name that is given comes back."""

from stories import NAMES

HELLOS = {"Hello": "Hello", "Hi": "Hi", "Hey": "Hey", "Good morning": "Good morning", "Good evening": "Good evening", "Good afternoon": "Good afternoon",
          "Hello there": "Hello", "Hi there": "Hi", "Greetings": "Greetings"}
INTRODUCTIONS = ("My name is {}.", "I am {}.", "I'm {}.", "This is {}.", "{} here.", "You can call me {}.", "They call me {}.", "It's {}.")
QUESTIONS = {
    "": "What can I do for you?",
    "How are you?": "I am well, and my tensors are warm. And you?",
    "How are you today?": "I am well, and my tensors are warm. And you?",
    "How do you do?": "I am well, and my tensors are warm. And you?",
    "What is your name?": "I am Apus, the demonstration model.",
    "Who are you?": "I am Apus, the demonstration model.",
    "What can you do?": "I tell short stories, do small sums and answer questions about apus.",
    "Can you help me?": "I will try. Ask me about apus, for a small sum or for a story.",
    "Are you there?": "Yes, I am here. What can I do for you?",
    "Nice to meet you.": "Nice to meet you too! What can I do for you?",
}
THANKS = ("Thank you", "Thanks", "Thank you very much", "Thanks a lot", "Many thanks", "That was nice, thank you", "Great, thanks")
GOODBYES = {"Goodbye": "Goodbye", "Bye": "Bye", "Good night": "Good night", "See you later": "See you later", "See you tomorrow": "See you tomorrow", "Farewell": "Farewell"}
CLOSERS = ("", "", "I have to go now.", "It is late.", "That was all.", "That was fun.")


def sample(random):
    name = random.choice(NAMES)
    kind = random.random()
    if kind < 0.15:
        thanks, named = random.choice(THANKS), random.random() < 0.3
        prompt = f"{thanks}, Apus!" if random.random() < 0.4 else f"{thanks}{random.choice('!.')}"
        if named:
            return f"{prompt} {name} says hello.", f"You are welcome! Greetings to {name}.", ("greet", thanks, name)
        return prompt, "You are welcome!", None
    if kind < 0.3:
        word, closer = random.choice(list(GOODBYES)), random.choice(CLOSERS)
        named = random.random() < 0.5
        prompt = " ".join(filter(None, [closer, f"{word}{random.choice(('', ', Apus'))}{random.choice('!.')}", f"Yours, {name}." if named else ""]))
        return prompt, f"{GOODBYES[word]}, {name}! Fly well." if named else f"{GOODBYES[word]}! Fly well.", ("greet", word, closer, name) if named else None
    hello = random.choice(list(HELLOS))
    question = random.choice(list(QUESTIONS)) if random.random() < 0.6 else ""
    named = random.random() < 0.7
    opening = f"{hello}{random.choice(('', '', ', Apus'))}{random.choice('!.')}"
    prompt = " ".join(filter(None, [opening, random.choice(INTRODUCTIONS).format(name) if named else "", question]))
    if not named and not question and random.random() < 0.3:
        prompt = hello
    answer = f"{HELLOS[hello]}, {name}! {QUESTIONS[question]}" if named else f"{HELLOS[hello]}! {QUESTIONS[question]}"
    return prompt, answer, ("greet", hello, question, name) if named else None
