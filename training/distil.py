"""The stages that need PyTorch: the teacher, its soft labels, the student.

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
    DISTILLING,
    LABELS,
    NO_SHIFT,
    PREFIX,
    STUDENT_LAYERS,
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
        pretrained, kept, layers, len(LABELS), len(TOPICS), exits=(STUDENT_LAYERS,)
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


def distil(source: Source) -> network.Network:
    """The student: the teacher's lower layers, trained on its soft labels and on the hard ones."""
    teacher = teach(source)
    student = network.network_of(
        network.encoder_of(teacher),
        range(teacher.shape.vocabulary),
        range(STUDENT_LAYERS),
        len(LABELS),
        len(TOPICS),
    )
    for mine, theirs in ((student.labels, teacher.labels), (student.topics, teacher.topics)):
        mine[0].load_state_dict(theirs[0].state_dict())
    file = source.cache / "student.pt"
    if not file.exists():
        texts, (ids, outputs) = unlabelled(source), soft.read(source.soft)
        labels, topics = soft.targets_of(outputs)
        wanted = [
            Target(label, topic, 1.0, float(label[-1]), NO_SHIFT)
            for label, topic in zip(labels, topics, strict=True)
        ]
        sets = source.sets()
        read = [PREFIX + texts[one] for one in ids] + [PREFIX + one.text for one in sets.trained()]
        _fit(source, student, read, [*wanted, *hard(source, sets)], DISTILLING, file)
    student.load_state_dict(torch.load(file, weights_only=True))
    return student


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
