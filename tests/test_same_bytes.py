"""Same bytes: whatever surrounds a run – folder, locale, cores, settings of the user – every artifact comes out equal.

Each test changes one thing and compares all that six stages and the report write with what an ordinary run wrote.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib
import polars as pl
import pytest

from tests import contract, project

pytestmark = pytest.mark.slow

N_ROWS, FILES = 600, ("a.csv", "b.csv", "c.csv")
CHANGES = {
    "ingest.source": "table",
    "ingest.target": ["amount", "kind"],
    "model.name": "tabm",
    "compute.threads": 2,
    "columns.number.scale": "quantile",
    "task.calibrate": "temperature",
    "split.leaks.group": "town",
    "evaluate.slices": {"resamples": 5, "examples": 600},
    "export.formats": ["onnx", "pt2", "torchscript"],
}
"""Three files; numbers, categories, dates and booleans, all with gaps; to predict: a number with ties, and a class."""
BYSTANDERS = (
    "requirements.lock",
    "table/",
    "plumbline/",
    "stages/",
    "home/",
    "models/start",
    "params.yaml",
    *contract.NO_OUTPUTS,
)
"""What lies in a run's folder besides what it writes."""
STEPS = [["-m", f"stages.{stage}"] for stage in project.STAGES] + [["-m", "plumbline", "report"]]


@dataclass(frozen=True)
class Surroundings:
    """What is around a run; by default little: no variable but PATH, HOME and the seed of Python's hashes."""

    variables: dict[str, str | None] = field(default_factory=dict)
    """Variables of the environment; HERE in one stands for the run's folder, None takes it out."""
    against: str = "two threads"
    """The ordinary run that this one is compared with."""
    folder: str = "project"
    umask: int = 0o022
    cores: int | None = None
    prepare: Callable[[Path], None] | None = None


# What is put into the run's folder

_REVERSING = """
import os

listdir, scandir = os.listdir, os.scandir


class Reversed:
    def __init__(self, *path):
        with scandir(*path) as entries:
            self.entries = iter(sorted(entries, key=lambda entry: entry.name, reverse=True))

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.entries)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def close(self):
        pass


os.listdir = lambda *path: sorted(listdir(*path), reverse=True)
os.scandir = Reversed
"""


def reverse_order(folder: Path) -> None:
    """The source's files are made anew in reverse order, and Python is told of every folder in reverse order."""
    for name in reversed(FILES):
        content = (folder / "table" / name).read_bytes()
        (folder / "table" / name).unlink()
        (folder / "table" / name).write_bytes(content)
    (folder / "home" / "sitecustomize.py").write_text(_REVERSING)


def settle_a_user(folder: Path) -> None:
    """A German with a matplotlibrc that changes all it can, and a font that calls itself DejaVu Sans but is not."""
    if _GERMAN.exists():
        subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / "home" / "de_DE.UTF-8")], check=True)
    fonts = folder / "home" / ".local" / "share" / "fonts"
    fonts.mkdir(parents=True)
    serif = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSerif.ttf").read_bytes()
    for encoding in ("utf-16-be", "ascii"):
        serif = serif.replace("DejaVu Serif".encode(encoding), "DejaVu Sans\0".encode(encoding))
    (fonts / "DejaVuSans.ttf").write_bytes(serif)
    (folder / "home" / "matplotlibrc").write_text(
        "font.size: 20\nsavefig.dpi: 50\naxes.facecolor: red\nfont.family: serif\ntimezone: Asia/Tokyo\n"
        "date.epoch: 0000-12-31\naxes.formatter.use_locale: True\nlines.linewidth: 9\npath.simplify: False\n"
        "savefig.facecolor: blue\naxes.prop_cycle: cycler('color', ['red'])\nsavefig.bbox: tight\nimage.cmap: jet\n"
    )


FOREIGN: dict[str, str | None] = {
    "OMP_NUM_THREADS": "7", "OMP_DYNAMIC": "TRUE", "OMP_THREAD_LIMIT": "1", "OMP_SCHEDULE": "dynamic,1",
    "OMP_PROC_BIND": "TRUE", "OMP_MAX_ACTIVE_LEVELS": "3", "GOMP_SPINCOUNT": "0", "KMP_AFFINITY": "compact",
    "KMP_BLOCKTIME": "0", "KMP_DETERMINISTIC_REDUCTION": "FALSE", "MKL_NUM_THREADS": "3", "MKL_DYNAMIC": "TRUE",
    "MKL_CBWR": "COMPATIBLE", "MKL_ENABLE_INSTRUCTIONS": "SSE4_2", "MKL_DEBUG_CPU_TYPE": "5",
    "MKL_DOMAIN_NUM_THREADS": "MKL_DOMAIN_BLAS=1", "ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41",
    "ONEDNN_DEFAULT_FPMATH_MODE": "BF16", "DNNL_MAX_CPU_ISA": "SSE41", "DNNL_DEFAULT_FPMATH_MODE": "BF16",
    "TORCH_MKLDNN_MATMUL_MIN_DIM": "1", "OPENBLAS_CORETYPE": "Prescott", "OPENBLAS_NUM_THREADS": "3",
    "OPENBLAS_DYNAMIC": "1", "NPY_DISABLE_CPU_FEATURES": "X86_V3", "SOURCE_DATE_EPOCH": "1", "PYTHONOPTIMIZE": "1",
    "PYTHONWARNINGS": "always",
}  # fmt: skip
POLARS: dict[str, str | None] = {
    "POLARS_IDEAL_MORSEL_SIZE": "7", "POLARS_IDEAL_SINK_MORSEL_SIZE_ROWS": "50", "POLARS_FMT_MAX_ROWS": "1",
    "POLARS_ENGINE_AFFINITY": "in-memory", "POLARS_PARQUET_BINARY_STATISTICS_TRUNCATE_LEN": "1",
    "POLARS_FMT_FLOAT": "full",
}  # fmt: skip
ORDINARY: dict[str, str | None] = {"PATH": os.environ["PATH"], "HOME": "HERE/home", "PYTHONHASHSEED": "0"}
USER: dict[str, str | None] = {
    "MATPLOTLIBRC": "HERE/home/matplotlibrc", "MPLCONFIGDIR": "HERE/home/mpl", "MPLBACKEND": "svg",
    "XDG_CACHE_HOME": "HERE/home/cache",
}  # fmt: skip
LOCALE: dict[str, str | None] = {"LC_ALL": "C", "LANG": "de_DE.UTF-8", "LANGUAGE": "de"}
_GERMAN = Path("/usr/share/i18n/locales/de_DE")  # of which glibc makes a locale
GERMAN: dict[str, str | None] = (
    {"LC_ALL": "de_DE.UTF-8", "LOCPATH": "HERE/home"} if _GERMAN.exists() else {"LC_ALL": "C.UTF-8"}
)
TERMINAL: dict[str, str | None] = {"COLUMNS": "40", "LINES": "5", "TERM": "dumb", "NO_COLOR": "1", "CI": "true"}
ORDINARY_RUNS: dict[str, int] = {"two threads": 2, "four threads": 4}
PARTS: dict[str, Surroundings] = {
    "another time zone": Surroundings({"TZ": "Asia/Kathmandu"}),
    "another seed of hashes": Surroundings({"PYTHONHASHSEED": "random"}),
    "another umask": Surroundings(umask=0o077),
    "another terminal": Surroundings(TERMINAL),
    "a German's fonts and matplotlibrc": Surroundings(USER | GERMAN, prepare=settle_a_user),
    "a user's threads and kernels": Surroundings(FOREIGN),
    "a user's settings of polars": Surroundings(POLARS),
    "two threads on one core": Surroundings(cores=1),
}
"""What is also a part of "all of it"."""
AXES: dict[str, Surroundings] = {
    "a deep folder with blanks and umlauts": Surroundings(folder="a b/" + "tief/" * 12 + "größe"),
    "another locale": Surroundings(LOCALE),
    "another order of files": Surroundings({"PYTHONPATH": "HERE/home"}, prepare=reverse_order),
    "one thread of polars": Surroundings({"POLARS_MAX_THREADS": "1"}),
    "four threads of polars": Surroundings({"POLARS_MAX_THREADS": "4"}),
    "no home and another folder for temporary files": Surroundings({"HOME": None, "TMPDIR": "HERE/home"}),
    "four threads on one core": Surroundings(against="four threads", cores=1),
    "all of it": Surroundings(
        TERMINAL | USER | FOREIGN | POLARS | GERMAN
        | {"TZ": "Asia/Kathmandu", "POLARS_MAX_THREADS": "3", "PYTHONHASHSEED": "random"},
        folder="c d/größe", umask=0o027, cores=1, prepare=settle_a_user,
    ),
}  # fmt: skip


# Running


def make_source(folder: Path) -> None:
    """Three files of 200 rows each; the number to predict has a hundred values, so that many are tied."""
    table = project.mixed_table(N_ROWS).with_columns(pl.col("amount").round(0))
    folder.mkdir()
    for part, name in enumerate(FILES):
        table[part * N_ROWS // 3 : (part + 1) * N_ROWS // 3].write_csv(folder / name)


def make_project(folder: Path, threads: int) -> Path:
    """A folder with the project's code and a source, ready to run."""
    for part in ("plumbline", "stages"):
        shutil.copytree(project.ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(project.ROOT / "requirements.lock", folder)
    (folder / "models" / "start").mkdir(parents=True)
    (folder / "home").mkdir()
    make_source(folder / "table")
    project.write_params(project.quick_params(**CHANGES | {"compute.threads": threads}), folder)
    return folder


def run(parent: Path, around: Surroundings) -> dict[str, bytes]:
    """All that the stages and the report write, run one after another, a process each."""
    folder = make_project(parent / around.folder, ORDINARY_RUNS[around.against])
    if around.prepare:
        around.prepare(folder)
    wanted = {name: value for name, value in (ORDINARY | around.variables).items() if value is not None}
    variables = {name: value.replace("HERE", str(folder)) for name, value in wanted.items()}
    cores = ",".join(map(str, sorted(os.sched_getaffinity(0))[: around.cores]))
    for step in STEPS:
        ran = subprocess.run(
            ["taskset", "-c", cores, sys.executable, *step],
            cwd=folder, env=variables, umask=around.umask, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, f"{step}: {ran.stdout}{ran.stderr}"
    files = project.contents(folder)
    return {name: content for name, content in files.items() if not name.startswith(BYSTANDERS)}


Runs = dict[str, "Future[dict[str, bytes]]"]


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """A run of every axis that a chosen test needs, as many at a time as there are cores."""
    here = [item for item in request.session.items if item.path == Path(__file__)]
    asked = [item.callspec.params["axis"] for item in here if hasattr(item, "callspec")]
    chosen = list(dict.fromkeys("all of it" if axis in PARTS else axis for axis in asked))
    needed = {AXES[name].against for name in chosen} | {"two threads"}
    ordinary = {name: Surroundings(against=name) for name in ORDINARY_RUNS if name in needed}
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        yield {
            name: pool.submit(run, tmp_path_factory.mktemp("run"), around)
            for name, around in (ordinary | {name: AXES[name] for name in chosen}).items()
        }


@pytest.mark.parametrize("axis", AXES)
def test_every_artifact_is_equal_under(axis: str, runs: Runs) -> None:
    ordinary, other = runs[AXES[axis].against].result(), runs[axis].result()
    assert sorted(other) == sorted(ordinary)
    assert [name for name in ordinary if other[name] != ordinary[name]] == []


@pytest.mark.parametrize("axis", PARTS)
def test_what_all_of_it_holds_is_equal_alone(axis: str, runs: Runs, tmp_path: Path) -> None:
    """Each part is run alone only where all of them together made a difference: to say which one did."""
    ordinary = runs[PARTS[axis].against].result()
    if runs["all of it"].result() != ordinary:
        assert run(tmp_path, PARTS[axis]) == ordinary


def test_the_runs_write_every_kind_of_artifact(runs: Runs) -> None:
    written = runs["two threads"].result()
    kinds = {Path(name).suffix for name in written}
    assert kinds == {".parquet", ".json", ".csv", ".png", ".npy", ".pt", ".onnx", ".pt2", ".torchscript", ".html"}
