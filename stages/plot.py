"""Plot: examples -> what the data look like, before any training."""

if not __package__:
    raise SystemExit("stages/plot.py: run it from the project's folder as `python -m stages.plot`")

from plumbline import paths, running
from plumbline.examples import Examples
from plumbline.files import folders_of, read_json, replacing_folder
from plumbline.params import read_params
from plumbline.reproducible import switch_on


def main() -> None:
    """Draw the examples, their splits and leaks: each figure as PNG, the numbers behind it as CSV."""
    plot = read_params().plot
    switch_on()
    import numpy as np

    from plumbline import data_figures, figures, leak_figures
    from plumbline.variables import Data

    folders = {"train": paths.TRAIN, "val": paths.VAL, "test": paths.TEST}
    splits = {name: np.load(folder / "rows.npy") for name, folder in folders.items()}
    examples = Examples.open(paths.EXAMPLES)
    figure, rows = leak_figures.draw_leaks(read_json(paths.SPLIT_REPORT))
    with replacing_folder(paths.DATA_FIGURES) as folder:
        figures.save(figure, folder / "leaks.png")
        figures.write_rows(folder / "leaks.csv", rows)
        places = folders_of(folder, [target.name for target in examples.targets])
        for target, place in zip(examples.targets, places, strict=True):
            data = Data(examples, splits, target)
            for name, (figure, rows) in data_figures.draw_all(data, plot.columns, plot.examples):
                figures.save(figure, place / f"{name}.png")
                figures.write_rows(place / f"{name}.csv", rows)


if __name__ == "__main__":
    running.run(main)
