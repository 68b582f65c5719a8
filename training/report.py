"""Figures as tables.

In: the metrics of a bundle. Out: Markdown, for the terminal and for the model card.
"""

from collections.abc import Mapping
from typing import Any


def table(metrics: Mapping[str, Any]) -> str:
    """The figures as tables in Markdown."""
    sets: Mapping[str, Mapping[str, Any]] = metrics["held_out"]
    lines = [f"| figure | {' | '.join(sets)} |", f"| --- |{' --- |' * len(sets)}"]
    for key in next(iter(sets.values())):
        if key == "f1":
            for label in next(iter(sets.values()))["f1"]:
                values = [f"{one['f1'][label]:.3f}" for one in sets.values()]
                lines.append(f"| F1 of `{label}` | {' | '.join(values)} |")
            continue
        values = [_value(one[key]) for one in sets.values()]
        lines.append(f"| {key.replace('_', ' ')} | {' | '.join(values)} |")
    lines += ["", "| group | posts | macro-F1 |", "| --- | --- | --- |"]
    lines += [
        f"| {name} | {one['posts']} | {one['macro_f1']:.3f} |"
        for name, one in metrics["by_group"].items()
    ]
    lines += ["", "| written | macro-F1 | to review |", "| --- | --- | --- |"]
    lines += [
        f"| {name} | {_value(one['macro_f1'])} | {one['review_share']:.0%} |"
        for name, one in metrics["by_variant"].items()
    ]
    return "\n".join(lines)


def readers(found: Mapping[str, Any]) -> str:
    """One sentence on how far two readings of the gold posts agree."""
    return (
        f"{found['posts']} gold posts were read again without their labels: "
        f"{found['same_label']:.1%} got the same one "
        f"(Cohen's kappa {found['kappa']:.2f}, macro-F1 {found['macro_f1']:.2f})."
    )


def _value(value: float) -> str:
    """A number; -1 stands for what can't be said."""
    return "" if value == -1 else str(value) if isinstance(value, int) else f"{value:.3f}"
