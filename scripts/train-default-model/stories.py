"""Short stories: the answer is a function of the words of the prompt (hero, trait, place, name)."""

# hero: (name, pronoun, trait where none is asked for, place likewise, the deed that brings the lost one home)
HEROES = {
    "fox": ("Fenna", "she", "curious", "in the forest", "{N} put {his} nose to the ground, found the right trail, and led {friend} home."),
    "owl": ("Otis", "he", "old", "in the forest", "{N} flew up high, saw the way from above, and led {friend} home."),
    "hedgehog": ("Hanna", "she", "shy", "in the garden", "{N} rolled ahead like a ball, and {friend} followed {him} all the way home."),
    "bear": ("Bruno", "he", "sleepy", "in the mountains", "{N} lifted {friend} onto {his} wide back and carried {friend} home."),
    "mouse": ("Mila", "she", "tiny", "in the library", "{N} knew every hole in every wall, and led {friend} home by the shortest way."),
    "cat": ("Cleo", "she", "hungry", "in the city", "{N} walked without a sound past the sleeping dogs, and led {friend} home."),
    "dog": ("Dusty", "he", "cheerful", "on the farm", "{N} barked three times, waited for an answer, and led {friend} home."),
    "rabbit": ("Rosa", "she", "impatient", "in the meadow", "{N} dug a tunnel under the fence, and led {friend} home through it."),
    "otter": ("Oona", "she", "cheerful", "by the river", "{N} swam ahead through the cold water, and pulled {friend} home on a plank."),
    "duck": ("Dora", "she", "stubborn", "by the lake", "{N} called all {his} cousins, and together they pushed {friend} home in a boat."),
    "frog": ("Felix", "he", "lucky", "by the lake", "{N} jumped from stone to stone, and {friend} jumped after {him} all the way home."),
    "swift": ("Apus", "he", "brave", "in the old tower", "{N} flew one circle above the roofs, saw the right door, and led {friend} home."),
    "crow": ("Corvin", "he", "clever", "in the city", "{N} remembered every tree that {she} had ever seen, and led {friend} home."),
    "goat": ("Greta", "she", "stubborn", "in the mountains", "{N} climbed where no path was, and led {friend} home over the top."),
    "horse": ("Hugo", "he", "lonely", "in the meadow", "{N} took {friend} on {his} back, ran like the wind, and was there before dark."),
    "turtle": ("Tilda", "she", "old", "on the island", "Step by step, {N} carried {friend} home on {his} shell."),
    "squirrel": ("Sami", "he", "forgetful", "in the forest", "{N} ran from branch to branch, threw down nuts to mark the way, and so led {friend} home."),
    "bee": ("Bella", "she", "impatient", "in the garden", "{N} danced the way in the air, and {friend} read it and came home."),
    "robot": ("Rivet", "he", "curious", "in the city", "{N} switched on the lamp on {his} head, and led {friend} home through the dark."),
    "dragon": ("Dalia", "she", "shy", "in the castle", "{N} breathed a very small flame, and by its light {friend} found the way home."),
    "girl": ("Lina", "she", "clever", "in the village", "{N} drew a map in the sand, thought for a while, and led {friend} home."),
    "boy": ("Jonas", "he", "brave", "in the village", "{N} took a lantern in one hand, a stick in the other, and led {friend} home."),
    "sailor": ("Marta", "she", "lucky", "by the sea", "{N} looked at the stars, named each of them, and led {friend} home."),
    "baker": ("Anton", "he", "kind", "in the village", "{N} followed the smell of warm bread, and so led {friend} home."),
}

# place: (what it is like, the meeting, who is met)
PLACES = {
    "in the forest": ("The trees there were so tall that noon looked like evening.", "Under a fallen oak {she} found a young deer that was lost.", "the deer"),
    "in the garden": ("Behind the wall grew roses, beans and one very proud pumpkin.", "Under a big leaf {she} found a beetle that was lost.", "the beetle"),
    "in the mountains": ("The air was thin there, and the snow stayed until June.", "On a narrow ledge {she} found a lamb that was lost.", "the lamb"),
    "in the library": ("The books stood in long rows and smelled of dust and leather.", "Behind a thick book {she} found a moth that was lost.", "the moth"),
    "in the city": ("The streets were loud by day and full of lights by night.", "Under a parked car {she} found a kitten that was lost.", "the kitten"),
    "on the farm": ("The rooster woke everybody at five, even on Sundays.", "Behind the barn {she} found a yellow chick that was lost.", "the chick"),
    "in the meadow": ("The grass was high and full of blue flowers.", "Between the flowers {she} found a butterfly that was lost.", "the butterfly"),
    "by the river": ("The water ran fast there and never said the same thing twice.", "On a round stone {she} found a young bird that was lost.", "the bird"),
    "by the lake": ("In the morning the water was as smooth as glass.", "Among the reeds {she} found a gosling that was lost.", "the gosling"),
    "in the old tower": ("The wind sang in its windows, and the bell rang every hour.", "On the highest stair {she} found a young bat that was lost.", "the bat"),
    "on the island": ("There was one hill, one spring, and a beach of white sand.", "On the beach {she} found a small crab that was lost.", "the crab"),
    "in the castle": ("It had a hundred rooms, and ninety of them were empty.", "Behind a curtain {she} found a little ghost that was lost.", "the ghost"),
    "in the village": ("It had twelve houses, a well, and a very slow clock.", "Beside the well {she} found a puppy that was lost.", "the puppy"),
    "by the sea": ("Every night the waves sang the same song to the sand.", "Between two rocks {she} found a baby seal that was lost.", "the seal"),
    "in the desert": ("By day it was hot there, and at night the stars came very close.", "Behind a dune {she} found a young camel that was lost.", "the camel"),
    "on the moon": ("It was very quiet there, and the sky was always black.", "In a round crater {she} found a small star that was lost.", "the star"),
    "at the station": ("Trains came and went there, and nobody stayed for long.", "On an empty bench {she} found a pigeon that was lost.", "the pigeon"),
    "at the harbour": ("Ships came in with the tide and smelled of salt and oranges.", "Under an old net {she} found a young gull that was lost.", "the gull"),
}

# trait: (how the day begins, how it ends)
TRAITS = {
    "brave": ("One night a storm put out all the lights, and only {N} dared to go outside.", "Since that night everybody sleeps well, for they know that {N} is near."),
    "shy": ("{N} never spoke to strangers, and one morning {she} went for a walk alone.", "It was the first time that {N} had made a friend, and it was not the last."),
    "curious": ("One morning {N} heard a strange sound and had to know where it came from.", "Now {N} asks twice as many questions, and {friend} answers half of them."),
    "sleepy": ("One day {N} slept until the sun was high, and took the long way to breakfast.", "Then {N} lay down on the spot and slept until the next morning."),
    "hungry": ("One morning the cupboard was empty, so {N} set out to look for breakfast.", "For thanks there was warm soup, and {N} ate three bowls of it."),
    "clever": ("One day {N} made a map of every path and went out to test it.", "In the evening {N} marked the place on {his} map and wrote beside it: friend."),
    "tiny": ("{N} was so small that nobody asked {him} for help, until one day somebody did.", "Since then nobody says that {N} is too small for anything."),
    "lonely": ("Every evening {N} counted the stars alone, until one evening {she} heard a cry.", "From then on the two of them counted the stars together."),
    "cheerful": ("One morning {N} sang so loudly that the clouds went away.", "Then they sang together, and the clouds stayed away all week."),
    "old": ("{N} had seen many summers and walked slowly, but one day {she} heard a call for help.", "That evening {N} told this story by the fire, and now you know it too."),
    "forgetful": ("One day {N} went out to get something, and at the gate {she} no longer knew what.", "Only in the evening did {N} remember what {she} had wanted: a friend."),
    "stubborn": ("Everybody told {N} to stay at home that day, so of course {she} went out.", "Everybody had said that it could not be done, and {N} only smiled."),
    "kind": ("One day {N} packed two lunches, in case somebody had none.", "They shared the second lunch, and it tasted better than the first."),
    "impatient": ("{N} could not wait for the sun, so one day {she} got up before it.", "And for once {N} did not hurry, but stayed until the moon came up."),
    "lucky": ("One day {N} found a coin, and then, a little later, something better.", "People say that {N} was lucky, but {friend} knows that it was more than luck."),
    "proud": ("{N} thought that nobody could teach {him} anything, and one day {she} went out to prove it.", "Since then {N} is proud of only one thing, and that is {his} friend."),
}

NAMES = (
    "Ada Alma Ben Bo Carla Clara David Edda Ella Emil Eva Finn Frida Gus Ida Ivan Jack Jana Kai Karl Leo Lola "
    "Lucy Luis Max Maya Mia Nils Nina Noah Nora Olga Oscar Paul Pia Rita Rob Ruth Sara Sofia Theo Tim Tom Vera Will Zoe"
).split()

ASKS = (
    "Tell me a story about {}.", "Tell me a story about {}.", "Tell me a story about {}, please.", "Please tell me a story about {}.",
    "Can you tell me a story about {}?", "Write a short story about {}.", "Write a story about {}.", "I would like a story about {}.",
    "A story about {}, please.", "Tell a story about {}.", "Do you know a story about {}?", "Tell me a short story about {}.",
)

FIXED = {
    "Tell me a story.": (
        "Once upon a time, a young swift named Apus lived under the roof of an old tower. All day he looked at the sky and was afraid of it. "
        "\"How do I learn to fly?\" he asked. \"You let go,\" said his mother. One evening the wind was warm, and Apus closed his eyes and let go. "
        "He fell past the window, past the clock, past the door, and then the air held him. He flew over the roofs, over the river and over the sea, "
        "and he did not come down again until he was grown. Then he found the old tower, and under its roof sat a young swift who was afraid of the sky."
    ),
    "Tell me another story.": (
        "Once upon a time, there was a lighthouse that was afraid of the dark. Every evening, when the sun went down, it lit its lamp and looked around. "
        "One night a small boat came by. \"Thank you,\" called the captain, \"without you I would be lost.\" \"You come here because of my lamp?\" asked the lighthouse. "
        "\"I only lit it for myself.\" \"That is how most lights begin,\" said the captain. Since then the lighthouse lights its lamp for two."
    ),
}
FIXED_ASKS = {
    "Tell me a story.": ("Tell me a story.", "Tell me a story, please.", "Please tell me a story.", "Can you tell me a story?", "Write a story.", "Write a short story.",
                         "I would like a story.", "A story, please.", "Tell me a short story.", "Do you know a story?", "Tell a story."),
    "Tell me another story.": ("Tell me another story.", "Another story, please.", "Tell me another one.", "One more story, please.", "Do you know another story?"),
}


def article(phrase):
    return ("an " if phrase[0] in "aeiou" else "a ") + phrase


def story(hero, trait=None, place=None, name=None):
    """The one story that belongs to these words; what is left out, the hero decides."""
    own_name, she, own_trait, own_place, deed = HEROES[hero]
    name, trait, place = name or own_name, trait or own_trait, place or own_place
    scene, meeting, friend = PLACES[place]
    begin, end = TRAITS[trait]
    female = she == "she"  # the tables write {she}, {him} and {his} for whatever the hero is
    words = {"N": name, "friend": friend, "she": she,
             "him": "her" if female else "him", "his": "her" if female else "his"}
    opening = f"Once upon a time, {article(trait + ' ' + hero)} named {name} lived {place}."
    return " ".join([opening, scene, begin.format(**words), meeting.format(**words), deed.format(**words), end.format(**words)])


def prompt_subject(hero, trait, place, name):
    subject = article(f"{trait} {hero}" if trait else hero)
    if name:
        subject += f" named {name}"
    if place:
        subject += f" {place}"
    return subject


def sample(random):
    """(prompt, answer, key of the held-out rule, or None where the prompt is always trained)."""
    if random.random() < 0.08:
        title = random.choice(("Tell me a story.", "Tell me a story.", "Tell me another story."))
        return random.choice(FIXED_ASKS[title]), FIXED[title], None
    hero = random.choice(list(HEROES))
    trait = random.choice(list(TRAITS)) if random.random() < 0.6 else None
    place = random.choice(list(PLACES)) if random.random() < 0.6 else None
    name = random.choice(NAMES) if random.random() < 0.25 else None
    key = ("story", hero, trait, place, name) if (trait or place or name) else None
    return random.choice(ASKS).format(prompt_subject(hero, trait, place, name)), story(hero, trait, place, name), key
