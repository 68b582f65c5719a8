"""The stages that need PyTorch: the teacher and its soft labels.

In: the posts, the wheels, what the stages before have kept in the cache. Out: networks, soft
labels, graphs. What is there is not made again.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import onnx
import torch

from training import encoder, graph, int8, network, soft, tune
from training.judge import Outputs
from training.stages import (
    EXIT_AFTER,
    LABELS,
    PREFIX,
    TEACHING,
    TEACHING_ON,
    TOPICS,
    Source,
    hard,
    tell,
    teller,
    unlabelled,
)
from training.targets import Target


def teach(source: Source) -> network.Network:
    """The teacher: all twelve layers, fine-tuned on the labelled posts."""
    kept = json.loads((source.cache / "kept.json").read_text())
    pretrained = encoder.read(encoder.wheel_file())
    layers = range(pretrained.shape.layers)
    teacher = network.network_of(
        pretrained, kept, layers, len(LABELS), len(TOPICS), exits=(EXIT_AFTER,)
    )
    file = source.cache / "teacher.pt"
    if not file.exists():
        sets = source.sets()
        texts = [PREFIX + one.text for one in sets.trained()]
        begun = source.cache / "teacher-begun.pt"
        if not begun.exists():
            _fit(source, teacher, texts, hard(source, sets), TEACHING, begun)
        teacher.load_state_dict(torch.load(begun, weights_only=True))
        _fit(source, teacher, texts, hard(source, sets), TEACHING_ON, file)
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


def soften(source: Source, minutes_max: float) -> None:
    """Soft labels of the teacher over the pool, as far as the time allows."""
    teacher, tokenizer = teach(source), source.tokenizer()

    def judge(lines: Sequence[str]) -> Outputs:
        read = [PREFIX + line for line in lines]
        return Outputs(*tune.logits(teacher, tokenizer, read, TEACHING.tokens_max))

    soft.label_all(judge, unlabelled(source), source.soft, minutes_max * 60, tell)


def export(source: Source, net: network.Network, name: str) -> Path:
    """The network as int8 graph with its heads."""
    file = source.cache / f"{name}.onnx"
    if not file.exists():
        weights = network.encoder_of(net)
        model = int8.to_int8(graph.encoder_graph(weights, range(net.shape.vocabulary)))
        labels, topics = network.heads_of(net)
        whole = graph.with_head(
            model, (labels.weights, labels.shifts), (topics.weights, topics.shifts)
        )
        onnx.save(whole, file.with_suffix(".part.onnx"))
        file.with_suffix(".part.onnx").replace(file)
    return file
