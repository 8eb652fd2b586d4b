"""The tables: Markdown, the same on the terminal and in `RESULTS.md`."""

from __future__ import annotations

from benchmarks.peers import FASTTRACKML, HEADRACE, MLFLOW
from benchmarks.results import Results
from benchmarks.workloads import MEASURES, WORKLOADS, growth
from benchmarks.workloads.base import Measure

_BACKEND_TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def render(results: Results) -> str:
    """The whole report as Markdown."""
    parts = ["# Headrace beside MLflow and FastTrackML\n", _facts(results), _how_to_read(results)]
    for backend in dict.fromkeys(entry.backend for entry in results.entries):
        parts.append(f"## {_BACKEND_TITLES[backend]}\n\n{_table(results, backend)}")
        parts.append(_verdict(results, backend))
        parts.append(_costs(results, backend))
        parts.append(_failures(results, backend))
    if results.growth:
        parts.append(_growth(results))
    return "\n".join(part for part in parts if part)


def _facts(results: Results) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    rounds = len({entry.round for entry in results.entries})
    lines = [f"- {name}: {value}" for name, value in results.machine.items()]
    lines += [
        f"- Versions: {versions}",
        *(f"- {name}: not measured, {reason}" for name, reason in results.missing.items()),
        f"- Made by `{results.command}` on {results.started}: {rounds} round(s), {results.total_time or 'cut short'}",
    ]
    if results.quick:
        lines.append("- **A quick run: less work than the row titles say; do not compare it with a full one.**")
    return "\n".join(lines) + "\n"


def _how_to_read(results: Results) -> str:
    return (
        "Each server runs with its defaults, alone, fresh in every round; rounds take turns. A number is the median\n"
        "over the rounds; a ratio is the median of the ratios of each round, above 1 when Headrace is better. How\n"
        "each row is measured stands in `benchmarks/workloads/`. An empty cell: the server has no such thing.\n"
        "\n"
        "`runs/get`, search and lists ask for the same runs again and again, as open pages and sweeps do. On SQLite\n"
        "Headrace sends runs that did not change from memory (docs/decisions/0010); the first list after a start\n"
        "takes it about 45 ms. The aims are set for SQLite.\n"
    )


def _table(results: Results, backend: str) -> str:
    lines = [
        "| measure | unit | Headrace | MLflow | ratio | aim | FastTrackML | ratio | aim |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    measured = {entry.workload for entry in results.entries if entry.backend == backend}
    for measure in (m for w in WORKLOADS if w.name in measured for m in w.measures):
        ours, mlflow, fml = (_value(results, backend, peer, measure) for peer in (HEADRACE, MLFLOW, FASTTRACKML))
        cells = [measure.title, measure.unit, ours, mlflow]
        cells += [_ratio(results, backend, measure, MLFLOW), _mlflow_aim(measure), fml]
        cells += [_ratio(results, backend, measure, FASTTRACKML), _aim(measure, measure.against_fasttrackml)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _value(results: Results, backend: str, peer: str, measure: Measure) -> str:
    median = results.median(backend, peer, measure.key)
    if median is not None:
        return f"{median:,.{measure.digits}f}"
    workload = next(w for w in WORKLOADS if measure in w.measures)
    failed = [entry for entry in results.failures(backend) if entry.peer == peer and entry.workload == workload.name]
    return "failed" if failed else ""


def _ratio(results: Results, backend: str, measure: Measure, peer: str) -> str:
    ratio = results.ratio(backend, measure, HEADRACE, peer)
    if ratio is None:
        return ""
    aim = measure.against_mlflow if peer == MLFLOW else measure.against_fasttrackml
    text = f"{ratio:.2g}×" if ratio < 1 else f"{ratio:,.1f}×" if ratio < 100 else f"{ratio:,.0f}×"
    return text if aim is None or ratio >= aim else f"**{text}**"


def _mlflow_aim(measure: Measure) -> str:
    """The aim beside MLflow; where there is none, the one for our number alone."""
    if measure.at_most is not None:
        return f"≤ {measure.at_most:g} {measure.unit}"
    return _aim(measure, measure.against_mlflow)


def _aim(measure: Measure, aim: float | None) -> str:
    if aim is None:
        return ""
    # Memory is spoken of as a fraction; the ratio beside it reads the same way round as all the others.
    return f"≤ 1/{aim:g}" if measure.key == "idle-memory" else f"≥ {aim:g}×"


def _verdict(results: Results, backend: str) -> str:
    """Says plainly which aims were missed."""
    missed, met = [], 0
    for measure in MEASURES:
        for peer, aim in ((MLFLOW, measure.against_mlflow), (FASTTRACKML, measure.against_fasttrackml)):
            ratio = results.ratio(backend, measure, HEADRACE, peer)
            if aim is None or ratio is None:
                continue
            if ratio >= aim:
                met += 1
            else:
                missed.append(f"- {measure.title}: {ratio:.2g}× {peer}, aimed at {aim:g}×")
        ours = results.median(backend, HEADRACE, measure.key)
        if measure.at_most is None or ours is None:
            continue
        if ours <= measure.at_most:
            met += 1
        else:
            missed.append(f"- {measure.title}: {ours:.1f} {measure.unit}, aimed at {measure.at_most:g} {measure.unit}")
    if not met and not missed:
        return ""
    if not missed:
        return f"All {met} aims are met.\n"
    return f"{met} aims are met, **{len(missed)} missed**:\n\n" + "\n".join(missed) + "\n"


def _costs(results: Results, backend: str) -> str:
    """What a request costs in processor time: the number that other work on the machine disturbs least."""
    lines = ["| processor time of the server per request | Headrace | MLflow | FastTrackML |", "|---|--:|--:|--:|"]
    for workload in WORKLOADS:
        costs = [results.cpu(backend, peer, workload.name) for peer in (HEADRACE, MLFLOW, FASTTRACKML)]
        if any(cost is not None for cost in costs):
            cells = ["" if cost is None else f"{cost:,.0f} µs" for cost in costs]
            lines.append(f"| {workload.name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n" if len(lines) > 2 else ""


def _failures(results: Results, backend: str) -> str:
    failed: dict[tuple[str, int, str], list[str]] = {}
    for entry in results.failures(backend):
        failed.setdefault((entry.peer, entry.round, entry.error), []).append(entry.workload)
    lines = [f"- {peer}, {', '.join(what)}, round {n}: failed: {error}" for (peer, n, error), what in failed.items()]
    lines += [
        f"- {entry.peer}, {entry.workload}, round {entry.round}: {note}"
        for entry in results.entries
        if entry.backend == backend
        for note in entry.notes
    ]
    return "What went wrong on the way:\n\n" + "\n".join(lines) + "\n" if lines else ""


def _growth(results: Results) -> str:
    lines = ["## Growth: Headrace alone, milliseconds per request as the number of runs grows\n"]
    for backend in dict.fromkeys(entry.backend for entry in results.growth):
        sizes = [entry for entry in results.growth if entry.backend == backend]
        lines.append(f"| {_BACKEND_TITLES[backend]} | " + " | ".join(f"{entry.runs:,} runs" for entry in sizes) + " |")
        lines.append("|---|" + "--:|" * len(sizes))
        for measure in growth.MEASURES:
            cells = [f"{entry.values[measure.key]:.{measure.digits}f}" for entry in sizes]
            lines.append(f"| {measure.title} | " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines)
