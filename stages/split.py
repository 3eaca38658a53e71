"""Split: examples -> train, validation and test tensors; columns fitted on train only."""

if not __package__:
    raise SystemExit("stages/split.py: run it from the project's folder as `python -m stages.split`")

from plumbline import paths, running
from plumbline.files import replacing_folder, write_json
from plumbline.params import read_params
from plumbline.reproducible import numpy_generator, switch_on


def main() -> None:
    """Give every example to one split, look for leaks, fit columns and target on train, encode all three splits."""
    params = read_params()
    switch_on(params.compute.reproducible, params.compute.threads)
    from plumbline import fitting, leaks, selection, split  # after the switches: numpy reads them when it is imported
    from plumbline.examples import Examples

    examples = Examples.open(paths.EXAMPLES)
    labels = split.assign(examples, params.split, numpy_generator(params.seed, "split"))
    split.check_sizes(labels, params.split.ratios)
    divided = split.divide(examples, labels, params.split)
    findings, checks = leaks.find_leaks(divided, numpy_generator(params.seed, "leaks"))
    if params.split.leaks.action == "fail":
        leaks.refuse(findings)
    learned = split.learned_columns(examples, params.split)
    chosen, selected = selection.keep_strongest(examples, labels == 0, learned, params.columns.select)
    fitted = fitting.fit_columns(examples, labels == 0, params.columns, chosen, params.task.ordered_classes)
    with replacing_folder(paths.SPLIT) as folder:
        split.write_tensors(examples, labels, fitted, folder)
    write_json(paths.COLUMNS, fitted)
    report = split.describe(examples, labels, params.split.name) | {"leaks": findings, "checks": checks} | selected
    write_json(paths.SPLIT_REPORT, report)
    print(split.summarise(report))


if __name__ == "__main__":
    running.run(main)
