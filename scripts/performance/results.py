"""The files that the pieces wrote, as figures."""

import json
import statistics
from dataclasses import dataclass


@dataclass
class Pair:
    """One figure of both programs over all rounds."""
    apus: float
    peer: float
    ratio: float
    least: float
    most: float
    rounds: int


class Results:
    def __init__(self, folder):
        self.folder = folder
        self.rounds = {}
        for path in sorted(folder.glob("*.json")):
            piece, _, turn = path.stem.rpartition(".")
            if turn.isdigit():
                self.rounds.setdefault(piece, []).append(json.loads(path.read_text()))
        described = folder / "run.json"
        self.run = json.loads(described.read_text()) if described.exists() else {}

    def worst_disturbance(self):
        """The largest share of the processors that other programs took during a piece."""
        return max((data.get("others", 0) for rounds in self.rounds.values() for data in rounds), default=0)

    def all(self, piece):
        return self.rounds.get(piece, [])

    def first(self, piece):
        return next(iter(self.all(piece)), None)

    def pair(self, piece, *path, inverse=False):
        """The medians, and the median of the ratios of each round; `inverse` where less is better."""
        found = []
        for data in self.all(piece):
            both = []
            for program in ("apus", "peer"):
                value = data[program]
                for key in path:
                    value = value.get(key) if value else None
                both.append(value)
            if None not in both:
                found.append(both)
        if not found:
            return None
        ratios = [theirs / ours if inverse else ours / theirs for ours, theirs in found]
        return Pair(
            statistics.median(ours for ours, _ in found), statistics.median(theirs for _, theirs in found),
            statistics.median(ratios), min(ratios), max(ratios), len(found))

    def share(self, piece, program, path, base):
        """What a program does over what it does under other circumstances, the median over the rounds."""
        values = []
        for data in self.all(piece):
            both = [data[program], data[program]]
            for index, keys in enumerate((path, base)):
                for key in keys:
                    both[index] = both[index][key]
            values.append(both[0] / both[1])
        return statistics.median(values) if values else None

    def own(self, piece, *path):
        """The median of a figure that only apus has."""
        values = []
        for data in self.all(piece):
            value = data["apus"]
            for key in path:
                value = value.get(key) if value else None
            if value is not None:
                values.append(value)
        return statistics.median(values) if values else None

    def limits(self):
        """{name: (giga per second with one thread, with the most threads)}, medians over the rounds."""
        rates = {}
        for report in self.all("limits"):
            for row in report["limits"]:
                rates.setdefault(row["name"], []).append((row["rates"][0]["value"], row["rates"][-1]["value"]))
        return {name: tuple(statistics.median(column) for column in zip(*rows)) for name, rows in rates.items()}
