"""The command line: init, check, report, verify, compare, locked, example, and for plug-ins schema and readme."""

import argparse
import sys

from plumbline import paths
from plumbline.verify import TOLERANCE


def main() -> None:
    """Run one subcommand of `python -m plumbline`."""
    arguments = _parser().parse_args()
    arguments.command(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m plumbline", description="A reproducible PyTorch workflow on DVC.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    new = _add(commands, "init", _init, "look at a table of yours, track it, and write params.yaml for it")
    new.add_argument("data", metavar="DATA", help="a file, a folder, an archive or a URL")
    which = "a column to predict; repeatable; default: label, the class that folders and headers name"
    new.add_argument("--target", action="append", metavar="NAME", help=which)
    new.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a key of params.yaml it needs")
    _add(commands, "check", _check, "check params.yaml: every mistake at once, a line each")
    _add(commands, "report", _report, f"render {paths.REPORT}, and print how the run ended")
    _add_compare(commands)
    _add(commands, "locked", _locked, "whether dvc.lock is in step with code and params; needs no data")
    example = _add(commands, "example", _example, "run an example of examples/ in a scratch copy")
    example.add_argument("name", help="name of a file in examples/, without .yaml")
    example.add_argument("--into", help="folder for the copy; default: a new temporary one")
    _add_verify(commands)
    _add(commands, "schema", _schema, "write the JSON schema of params.yaml, after a plug-in has changed")
    _add(commands, "readme", _readme, "make the tables of README.md anew, after a stage or a plug-in has changed")
    return parser


def _add_compare(commands) -> None:  # type: ignore[no-untyped-def]
    what = "metrics and params of two revisions; exit status 1 where the second is worse"
    compare = _add(commands, "compare", _compare, what)
    compare.add_argument("before", metavar="REV", help="a branch, tag or commit")
    compare.add_argument("after", metavar="REV2", nargs="?", help="another; default: the workspace")
    share = "a share of REV's value that counts as no change; default: what chance explains"
    compare.add_argument("--tolerance", type=float, metavar="SHARE", help=share)
    decides = "which test metrics decide: each target's main one (default), or all"
    compare.add_argument("--fail-on", choices=["main", "all"], default="main", help=decides)
    compare.add_argument("--all", action="store_true", help="show the untrained network and the baseline too")
    compare.add_argument("--markdown", action="store_true", help="write tables for a pull request")


def _add_verify(commands) -> None:  # type: ignore[no-untyped-def]
    said = "run the last commit again in a scratch folder, and compare every artifact with the recorded one"
    again = _add(commands, "verify", _verify, said)
    again.add_argument("--stage", action="append", default=[], metavar="NAME", help="only this stage; repeatable")
    again.add_argument(
        "--tolerance", type=float, default=TOLERANCE, metavar="SHARE",
        help=f"largest relative deviation of numbers, where bytes are not promised; default: {TOLERANCE:g}",
    )  # fmt: skip
    again.add_argument("--cores", type=int, metavar="N", help="run on N of the cores; default: on all")
    again.add_argument("--keep", action="store_true", help="keep the scratch folder")


def _add(commands, name: str, command, help: str) -> argparse.ArgumentParser:  # type: ignore[no-untyped-def] # noqa: A002
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help)
    parser.set_defaults(command=command)
    return parser


def _init(arguments: argparse.Namespace) -> None:
    from plumbline.init import begin

    begin(arguments.data, arguments.target or ["label"], arguments.set)


def _check(_: argparse.Namespace) -> None:
    from plumbline.locks import mend_dvc_lock
    from plumbline.params import read_params

    if mend_dvc_lock(paths.DVC_LOCK):
        print(f"{paths.DVC_LOCK}: was half written by a dvc that was killed; removed")
    read_params()
    print(f"{paths.PARAMS}: all well")


def _report(_: argparse.Namespace) -> None:
    from plumbline.report import write_report
    from plumbline.summary import summarise

    write_report()
    print(summarise())


def _compare(arguments: argparse.Namespace) -> None:
    from plumbline.compare import judge, text
    from plumbline.compare.revision import read_revision

    parts = ["test", "val", *(["untrained", "baseline"] if arguments.all else [])]
    rule = judge.Rule(arguments.tolerance, arguments.fail_on == "all")
    found = judge.compare(read_revision(arguments.before), read_revision(arguments.after), parts, rule)
    print(text.as_markdown(found) if arguments.markdown else text.as_text(found))
    sys.exit(1 if found.find("worse") else 0)


def _locked(_: argparse.Namespace) -> None:
    from plumbline.locked import find_stale

    stale = find_stale()
    print("\n".join(stale) or f"{paths.LOCK}: in step with code and params")
    sys.exit(1 if stale else 0)


def _example(arguments: argparse.Namespace) -> None:
    from plumbline.example import run_example

    run_example(arguments.name, arguments.into)


def _verify(arguments: argparse.Namespace) -> None:
    from plumbline.verify.verdict import verify

    if not verify(arguments.stage, arguments.tolerance, arguments.cores, arguments.keep):
        sys.exit(1)


def _schema(_: argparse.Namespace) -> None:
    from plumbline.schema import write_schema

    write_schema()


def _readme(_: argparse.Namespace) -> None:
    from plumbline.files import write_text
    from plumbline.readme import README, fill_tables

    write_text(README, fill_tables(README.read_text(encoding="utf-8")))
