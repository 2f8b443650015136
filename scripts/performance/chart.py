"""Plots as SVG, with nothing but text: panels with axes, lines, dots and labels that keep out of each other's way."""

import math
from html import escape

INK, MUTED, GRID = "#1f2328", "#656d76", "#e4e7eb"
FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"


def width_of(text, size):
    """About as wide as a sans-serif font makes it."""
    return 0.56 * size * len(text)


class Scale:
    """From values to pixels, linear or logarithmic."""

    def __init__(self, low, high, log=False):
        self.low, self.high, self.log = low, high, log
        self.start, self.end = 0, 1

    def between(self, start, end):
        self.start, self.end = start, end
        return self

    def __call__(self, value):
        if self.log:
            share = math.log(max(value, 1e-12) / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self):
        if not self.log:
            step = 10 ** math.floor(math.log10((self.high - self.low) / 3))
            step = next(s for s in (step, 2 * step, 5 * step, 10 * step) if (self.high - self.low) / s <= 6)
            first = math.ceil(self.low / step - 1e-9)
            return [step * k for k in range(first, math.floor(self.high / step + 1e-9) + 1)]
        decades = math.log10(self.high / self.low)
        factors = (1, 2, 5) if decades < 2.6 else (1,)
        found = []
        for power in range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1):
            found += [factor * 10**power for factor in factors]
        return [value for value in found if self.low * 0.999 <= value <= self.high * 1.001]


def number(value):
    if value >= 1000 and value == round(value):
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:g}"


class Figure:
    """A title, a legend, panels side by side."""

    def __init__(self, title, subtitle="", width=860, height=440):
        self.width, self.height = width, height
        self.parts = []
        self.text(24, 32, title, size=17, weight=600)
        if subtitle:
            self.text(24, 52, subtitle, size=12.5, color=MUTED)

    def text(self, x, y, text, size=12, color=INK, anchor="start", weight=400, turn=None, outline=""):
        turned = f' transform="rotate({turn} {x:.1f} {y:.1f})"' if turn is not None else ""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{color}" text-anchor="{anchor}" font-weight="{weight}"{turned}{outline}>'
            f"{escape(text)}</text>")

    def line(self, points, color, width=2.0, dash=None, opacity=1.0):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="{width}" stroke-linejoin="round"'
            f' stroke-linecap="round" opacity="{opacity}"{dashed}/>')

    def dot(self, x, y, color, radius=4.5, hollow=False):
        fill = "#ffffff" if hollow else color
        self.parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{fill}" stroke="{color if hollow else "#ffffff"}" stroke-width="1.5"/>')

    def bar(self, x, y, width, height, color):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="2" fill="{color}"/>')

    def legend(self, entries, x=24, y=76):
        """(name, color, kind) with kind dot, hollow, dash or bar, in a row."""
        for name, color, kind in entries:
            if kind == "dash":
                self.line([(x, y - 4), (x + 20, y - 4)], color, width=1.5, dash="5 4")
            elif kind == "bar":
                self.bar(x + 4, y - 10, 12, 12, color)
            elif kind == "hollow":
                self.dot(x + 10, y - 4, color, hollow=True)
            else:
                self.line([(x, y - 4), (x + 20, y - 4)], color)
                self.dot(x + 10, y - 4, color)
            self.text(x + 27, y, name, size=12.5)
            x += 27 + width_of(name, 12.5) + 26

    def panel(self, left, right, x, y, title="", x_label="", y_label="", top=130, bottom=None):
        return Panel(self, left, right, x, y, title, x_label, y_label, top, bottom or self.height - 56)

    def svg(self):
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" width="{self.width}"'
            f' height="{self.height}" font-family="{FONT}">\n'
            f'<rect width="{self.width}" height="{self.height}" fill="#ffffff"/>\n' + "\n".join(self.parts) + "\n</svg>\n")


class Panel:
    """Axes, with a light grid for the values."""

    def __init__(self, figure, left, right, x, y, title, x_label, y_label, top, bottom):
        self.figure = figure
        self.left, self.right, self.top, self.bottom = left, right, top, bottom
        self.x, self.y = x.between(left, right), y.between(bottom, top)
        # Boxes that labels have taken.
        self.taken = []
        for value in y.ticks():
            figure.line([(left, self.y(value)), (right, self.y(value))], GRID, width=1)
            figure.text(left - 8, self.y(value) + 4, number(value), size=11.5, color=MUTED, anchor="end")
        figure.line([(left, bottom), (right, bottom)], MUTED, width=1)
        if title:
            figure.text(left, top - 16, title, size=13.5, weight=600)
        if x_label:
            figure.text((left + right) / 2, bottom + 38, x_label, size=12, color=MUTED, anchor="middle")
        if y_label:
            figure.text(left - 46, (top + bottom) / 2, y_label, size=12, color=MUTED, anchor="middle", turn=-90)

    def x_ticks(self, values=None, names=None):
        for index, value in enumerate(values or self.x.ticks()):
            at = self.x(value)
            self.figure.line([(at, self.bottom), (at, self.bottom + 4)], MUTED, width=1)
            name = names[index] if names else number(value)
            self.figure.text(at, self.bottom + 18, name, size=11.5, color=MUTED, anchor="middle")

    def point(self, value, height):
        return self.x(value), self.y(height)

    def line(self, points, color, width=2.0, dash=None, opacity=1.0):
        self.figure.line([self.point(*point) for point in points], color, width, dash, opacity)

    def dots(self, points, color, radius=4.5, hollow=False):
        for point in points:
            x, y = self.point(*point)
            self.figure.dot(x, y, color, radius, hollow)
            self.taken.append((x - radius, y - radius, x + radius, y + radius))

    def series(self, points, color, radius=4.5):
        self.line(points, color)
        self.dots(points, color, radius)

    def label(self, value, height, text, color=INK, size=11.5, anchor="middle", shift=(0, -10), away=(0, -1), weight=400, leader=True):
        """Text at a point, moved on in the direction `away` until it covers nothing."""
        x, y = self.point(value, height)
        home = (x, y)
        x, y = x + shift[0], y + shift[1]
        for _ in range(60):
            box = self.box(x, y, text, size, anchor)
            if not any(self.overlap(box, other) for other in self.taken):
                break
            x, y = x + away[0] * 3, y + away[1] * 3
        if leader and math.dist((x, y), home) > math.dist((0, 0), shift) + 8:
            end = (x, y + 3) if away[1] < 0 else (x, y - size)
            if away[0]:
                end = (x - 3, y - 4)
            self.figure.line([home, end], MUTED, width=0.7)
        self.taken.append(self.box(x, y, text, size, anchor))
        # A white rim first: not every program knows paint-order.
        self.figure.text(x, y, text, size, "#ffffff", anchor, weight, outline=' stroke="#ffffff" stroke-width="3" stroke-linejoin="round"')
        self.figure.text(x, y, text, size, color, anchor, weight)

    @staticmethod
    def box(x, y, text, size, anchor):
        width = width_of(text, size)
        left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
        return (left, y - size * 0.85, left + width, y + size * 0.25)

    @staticmethod
    def overlap(a, b):
        return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
