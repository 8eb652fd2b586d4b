"""The command: `python -m benchmarks`, from the top folder of the checkout. See `--help`."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import peers, report
from benchmarks.bench import Settings
from benchmarks.databases import POSTGRESQL, SQLITE
from benchmarks.peers import FASTTRACKML, HEADRACE, MLFLOW, Peer, PeerMissing
from benchmarks.progress import elapsed, say
from benchmarks.results import Results, machine
from benchmarks.runner import Plan, run
from benchmarks.workloads import WORKLOADS

FOLDER = Path(__file__).resolve().parent
GROWTH = "growth"
_FINDERS: dict[str, Callable[[], Peer]] = {
    "headrace": peers.headrace,
    "mlflow": peers.mlflow,
    "fasttrackml": peers.fasttrackml,
}
_NAMES = {"headrace": HEADRACE, "mlflow": MLFLOW, "fasttrackml": FASTTRACKML}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the tables, save them. Returns 0 when anything was measured."""
    options = _parse(arguments)
    if options.render:
        print(report.render(Results.load(options.render)))
        return 0
    whole = not (options.quick or options.only or options.peers)
    save_to: Path | None = options.save or (FOLDER / "RESULTS.md" if whole else None)
    data = FOLDER / ("results.json" if whole else "results-partial.json")
    command = shlex.join(["python", "-m", "benchmarks", *(sys.argv[1:] if arguments is None else arguments)])
    results = Results(data, command, options.quick, machine=machine(Path(tempfile.gettempdir()).resolve()))
    found = _find(options.peers or list(_FINDERS), results)
    plan = Plan(
        peers=found,
        backends=[SQLITE, POSTGRESQL] if options.backend == "both" else [options.backend],
        workloads=[workload for workload in WORKLOADS if not options.only or workload.name in options.only],
        with_growth=not options.only or GROWTH in options.only,
        rounds=options.rounds or (1 if options.quick else 3),
        settings=Settings.quick() if options.quick else Settings(),
    )
    # A `timeout` or a stopped job must not leave servers and databases behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run(plan, results)
        results.total_time = elapsed()
    except KeyboardInterrupt:
        say("stopped; here is what was measured so far")
    results.save()
    text = report.render(results)
    print(text)
    if save_to:
        save_to.write_text(text)
        say(f"saved {save_to}")
    say(f"{results.total_time or 'cut short'}; raw numbers in {data}")
    return 0 if any(entry.values for entry in results.entries) or results.growth else 1


def _find(names: Sequence[str], results: Results) -> list[Peer]:
    found = []
    for name in names:
        try:
            peer = _FINDERS[name]()
        except PeerMissing as missing:
            results.missing[_NAMES[name]] = str(missing)
            say(f"{_NAMES[name]} is left out: {missing}")
        else:
            results.versions[peer.name] = peer.version
            found.append(peer)
    return found


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Run Headrace, MLflow and FastTrackML side by side on this machine."
    )
    parser.add_argument("--rounds", type=int, help="how often each server has its turn (default 3; quick: 1)")
    parser.add_argument("--quick", action="store_true", help="less of everything, for a first look in a few minutes")
    names = [workload.name for workload in WORKLOADS] + [GROWTH]
    parser.add_argument("--only", type=_list_of(names), metavar="NAME,…", help=f"some of: {', '.join(names)}")
    parser.add_argument(
        "--peers", type=_list_of(list(_FINDERS)), metavar="NAME,…", help=f"some of: {', '.join(_FINDERS)}"
    )
    parser.add_argument("--backend", choices=[SQLITE, POSTGRESQL, "both"], default=SQLITE)
    parser.add_argument(
        "--save",
        type=Path,
        metavar="FILE",
        help="where the tables go (a whole run: benchmarks/RESULTS.md)",
    )
    parser.add_argument("--render", type=Path, metavar="JSON", help="measure nothing, print the tables of a saved run")
    return parser.parse_args(arguments)


def _list_of(known: Sequence[str]) -> Callable[[str], list[str]]:
    def parse(text: str) -> list[str]:
        names = [name.strip() for name in text.split(",") if name.strip()]
        if unknown := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(f"no {', '.join(unknown)}; there are: {', '.join(known)}")
        return names

    return parse


if __name__ == "__main__":
    raise SystemExit(main())
