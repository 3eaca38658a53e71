"""Parcels of a made-up world: a picture, a weight and a wish in words; taken where the parcel is as it was wished.

A wish names a colour, a shape or a weight. Each is as often right as wrong, whatever the picture, the weight or the
wish alone says, so that no single column tells more than chance.
"""

import io

import numpy as np
import polars as pl
from PIL import Image, ImageDraw

COLORS = {"red": (205, 50, 45), "green": (40, 140, 70), "blue": (45, 85, 190)}
SHAPES = ("round", "square", "triangular")
WEIGHTS = ("light", "heavy")  # below and above 5 kg
GREETINGS = (
    *("Hello!", "Good morning,", "To whom it may concern:", "Hi there,", "Dear Sir or Madam,"),
    *(f"Dear {name}," for name in ("Ada", "Emmy", "Grace", "Mary", "Sofia", "Alan", "Carl")),
)
WISHES = (
    "I would like the {} one, please.",
    "could you send me something {}?",
    "only {} will do, whatever its colour, shape or weight may be.",
    "it has to be {}; all else is up to you.",
)
ENDS = (
    *("Thanks", "Many thanks in advance", "Yours", "Best wishes", "I cannot wait", ""),
    *(f"See you on {day}" for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Sunday")),
)
N_ROWS = 3000
SIZE_PX = 32


def load() -> pl.DataFrame:
    """Columns picture (PNG), wish, weight_kg, n_stamps (which means nothing), and `taken`, yes or no, half of each."""
    generator = np.random.default_rng(0)
    taken = np.arange(N_ROWS) % 2 == 0
    return pl.DataFrame([_parcel(bool(is_right), generator) for is_right in taken])


def _parcel(is_right: bool, generator: np.random.Generator) -> dict[str, object]:
    """One row: what is wished is drawn first, then a parcel that has it or has not."""
    kinds = (tuple(COLORS), SHAPES, WEIGHTS)
    has = [str(generator.choice(words)) for words in kinds]
    named = int(generator.integers(len(kinds)))
    others = [word for word in kinds[named] if word != has[named]]
    word = has[named] if is_right else str(generator.choice(others))
    color, shape, weight = has
    kilograms = generator.uniform(0.5, 4.8) if weight == "light" else generator.uniform(5.2, 9.5)
    return {
        "picture": _draw(color, shape, generator),
        "wish": " ".join(str(generator.choice(part)) for part in (GREETINGS, WISHES, ENDS)).strip().format(word),
        "weight_kg": round(float(kilograms), 2),
        "n_stamps": int(generator.integers(1, 9)),
        "taken": "yes" if is_right else "no",
    }


def _draw(color: str, shape: str, generator: np.random.Generator) -> bytes:
    """A PNG of a shape somewhere on grey, its colour a little off."""
    noise = generator.integers(-25, 26, 3)
    fill = tuple(int(np.clip(part + off, 0, 255)) for part, off in zip(COLORS[color], noise, strict=True))
    image = Image.new("RGB", (SIZE_PX, SIZE_PX), (int(generator.integers(190, 240)),) * 3)
    half, (x, y) = generator.integers(7, 11), generator.integers(11, SIZE_PX - 11, 2)
    box = [int(at) for at in (x - half, y - half, x + half, y + half)]
    pen = ImageDraw.Draw(image)
    if shape == "round":
        pen.ellipse(box, fill=fill)
    elif shape == "square":
        pen.rectangle(box, fill=fill)
    else:
        pen.polygon([(int(x), box[1]), (box[0], box[3]), (box[2], box[3])], fill=fill)
    file = io.BytesIO()
    image.save(file, format="PNG")
    return file.getvalue()
