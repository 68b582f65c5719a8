"""Fine-tuning: a network over texts with hard or soft labels.

In: a network, texts with targets. Out: the network, trained. Every few minutes the whole state is
kept, so that a run that was ended goes on where it was: the order of the texts and all chance
follow from the seed and the step alone.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path
from random import Random
from time import monotonic

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from training.network import PAD, Network
from training.targets import Recipe, Target
from training.variants import some_variant

CORES = 2
KEEP_EVERY_SECONDS = 120.0
TELL_EVERY_STEPS = 20
WARM_UP = 0.08  # of all steps
TOPIC_WEIGHT, EXIT_WEIGHT = 0.3, 0.4
# Half precision is twice as fast where the processor knows it, and ten times as slow elsewhere.
HALVES = torch.backends.cpu.get_cpu_capability() not in ("DEFAULT", "AVX2")
Floats = NDArray[np.float32]
Tell = Callable[[str], None]


def fit(
    network: Network,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    targets: Sequence[Target],
    recipe: Recipe,
    kept: Path,
    tell: Tell,
) -> None:
    """Train the network in place; `kept` is the file in which a run that was ended is found."""
    steps_of_epoch = -(-len(texts) // recipe.rows)
    steps = steps_of_epoch * recipe.epochs
    optimiser = torch.optim.AdamW(_groups(network, recipe), weight_decay=0.01, fused=True)
    rates = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, steps))
    done = _restore(kept, network, optimiser, rates)
    clock, first, since = monotonic(), done, monotonic()
    losses, twin = list[float](), _twin(network)
    while done < steps:
        for batch in _batches(texts, recipe, done // steps_of_epoch, done % steps_of_epoch):
            chance = Random(recipe.seed + done)
            read = [some_variant(texts[at], chance) if recipe.vary else texts[at] for at in batch]
            wanted = [targets[at] for at in batch]
            loss = _slope(network, twin, tokenizer, read, wanted, recipe.tokens_max)
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            rates.step()
            done += 1
            losses = [*losses, loss][-TELL_EVERY_STEPS:]
            if done % TELL_EVERY_STEPS == 0:
                each = (monotonic() - since) / (done - first)
                tell(
                    f"step {done} of {steps}, loss {np.mean(losses):.3f}, "
                    f"{recipe.rows / each:.1f} posts/s, {(steps - done) * each / 60:.1f} min left"
                )
            if monotonic() - clock > KEEP_EVERY_SECONDS:
                _keep(kept, network, optimiser, rates, done)
                clock = monotonic()
    network.eval()


def _slope(
    network: Network,
    twin: Network,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    targets: Sequence[Target],
    tokens_max: int,
) -> float:
    """Set the gradient over the batch; its loss. Each core takes half of the texts: two threads
    inside each product would wait for one another most of the time."""
    halves = [range(at, len(texts), CORES) for at in range(min(CORES, len(texts)))]
    learning, weights = _learning(network), _learning(twin)
    with torch.no_grad():
        for weight, parameter in zip(weights, learning, strict=True):
            weight.copy_(parameter)

    def of_half(half: range) -> tuple[float, Sequence[Tensor]]:
        ids, mask = tokens(tokenizer, [texts[at] for at in half], tokens_max)
        with _precision():
            found = twin(ids, mask)
        loss = _loss(found, [targets[at] for at in half]) * (len(half) / len(texts))
        return loss.item(), torch.autograd.grad(loss, weights)

    with ThreadPoolExecutor(CORES, initializer=torch.set_num_threads, initargs=(1,)) as threads:
        found = list(threads.map(of_half, halves))
    for parameter, *slopes in zip(learning, *(each for _, each in found), strict=True):
        parameter.grad = sum((slope.float() for slope in slopes[1:]), slopes[0].float())
    return sum(loss for loss, _ in found)


def _precision() -> torch.autocast:
    return torch.autocast("cpu", torch.bfloat16, enabled=HALVES, cache_enabled=False)


def _twin(network: Network) -> Network:
    """A copy with the products' weights in half precision, where that is fast: cast once a step,
    and not by each half at each product, there and back."""
    twin = deepcopy(network)
    for part in twin.modules():
        if HALVES and isinstance(part, torch.nn.Linear):
            part.to(torch.bfloat16)
    return twin


def _learning(network: Network) -> list[torch.nn.Parameter]:
    return [one for one in network.parameters() if one.requires_grad]


def _loss(found: Sequence[tuple[Tensor, Tensor]], targets: Sequence[Target]) -> Tensor:
    shifts, wanted, of_topics = (
        torch.tensor(np.stack([getattr(one, name) for one in targets]))
        for name in ("shift", "labels", "topics")
    )
    weight = torch.tensor([one.weight for one in targets])
    topic_weight = torch.tensor([one.topic_weight for one in targets]) * TOPIC_WEIGHT
    total = torch.zeros(())
    for at, (labels, topics) in enumerate(found, 1):
        of_label = functional.cross_entropy(labels.float() + shifts, wanted, reduction="none")
        of_topic = functional.cross_entropy(topics.float(), of_topics, reduction="none")
        part = (of_label * weight + of_topic * topic_weight).mean()
        total = total + part * (1.0 if at == len(found) else EXIT_WEIGHT)
    return total


def tokens(tokenizer: Tokenizer, texts: Sequence[str], tokens_max: int) -> tuple[Tensor, Tensor]:
    """Ids and mask, [texts, tokens of the longest]."""
    encoded = [
        one.ids[: tokens_max - 1] + one.ids[-1:] if len(one.ids) > tokens_max else one.ids
        for one in tokenizer.encode_batch(list(texts))
    ]
    width = max(map(len, encoded))
    ids = torch.full((len(encoded), width), PAD)
    mask = torch.zeros((len(encoded), width))
    for row, found in enumerate(encoded):
        ids[row, : len(found)] = torch.tensor(found)
        mask[row, : len(found)] = 1
    return ids, mask


def logits(
    network: Network, tokenizer: Tokenizer, texts: Sequence[str], tokens_max: int
) -> tuple[Floats, Floats]:
    """Label and topic logits of each text, in order."""
    labels, topics, _ = with_vectors(network, tokenizer, texts, tokens_max, network.shape.layers)
    return labels, topics


def with_vectors(
    network: Network,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    tokens_max: int,
    after: int,
    rows: int = 16,
) -> tuple[Floats, Floats, Floats]:
    """The same, and the vector of each text after so many layers."""
    twin, last = _twin(network.eval()), network.shape.layers
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    parts = [order[start : start + rows] for start in range(0, len(order), rows)]

    def of_part(part: list[int]) -> tuple[Floats, Floats, Floats]:
        ids, mask = tokens(tokenizer, [texts[at] for at in part], tokens_max)
        with torch.no_grad(), _precision():
            vectors = twin.vectors(ids, mask, (after, last))
            labels, topics = twin.judged(-1, vectors[-1])
        return labels.float().numpy(), topics.float().numpy(), vectors[0].numpy()

    with ThreadPoolExecutor(CORES, initializer=torch.set_num_threads, initargs=(1,)) as threads:
        found = list(threads.map(of_part, parts))
    back = np.argsort([at for part in parts for at in part])
    labels, topics, vectors = (np.concatenate(one)[back] for one in zip(*found, strict=True))
    return labels, topics, vectors


def _groups(network: Network, recipe: Recipe) -> list[dict[str, object]]:
    """Parameters by the rate at which they learn: the heads fastest, the lowest layer slowest."""
    layers = network.shape.layers
    parts: list[tuple[torch.nn.Module, float]] = [(network.labels, 5.0), (network.topics, 5.0)]
    parts += [
        (layer, recipe.layer_decay ** (layers - 1 - at)) for at, layer in enumerate(network.layers)
    ]
    lowest = recipe.layer_decay**layers
    parts += [(network.places, lowest), (network.norm, lowest)]
    # The word vectors stay: rare words would leave their neighbours behind.
    still = [network.words, *network.layers[: recipe.still_layers]]
    still += [network.places, network.norm] if recipe.still_layers else []
    for part in still:
        part.requires_grad_(False)
    return [
        {"params": list(part.parameters()), "lr": recipe.rate * factor}
        for part, factor in parts
        if part not in still
    ]


def _rate(step: int, steps: int) -> float:
    warm = max(1, int(steps * WARM_UP))
    return (step + 1) / warm if step < warm else max(0.02, (steps - step) / (steps - warm))


def _batches(texts: Sequence[str], recipe: Recipe, epoch: int, skip: int) -> Iterator[list[int]]:
    """The batches of an epoch in random order, each of texts of like length."""
    chance = Random(recipe.seed * 1_000 + epoch)
    order = list(range(len(texts)))
    chance.shuffle(order)
    span, batches = recipe.rows * 16, []
    for start in range(0, len(order), span):
        part = sorted(order[start : start + span], key=lambda at: len(texts[at]))
        batches += [part[at : at + recipe.rows] for at in range(0, len(part), recipe.rows)]
    chance.shuffle(batches)
    yield from batches[skip:]


def _keep(
    to: Path,
    network: Network,
    optimiser: torch.optim.Optimizer,
    rates: torch.optim.lr_scheduler.LambdaLR,
    done: int,
) -> None:
    part = to.with_suffix(".part")
    torch.save(
        {
            "network": network.state_dict(),
            "optimiser": optimiser.state_dict(),
            "rates": rates.state_dict(),
            "done": done,
        },
        part,
    )
    # In one step: half a file must not look like a state.
    part.replace(to)


def _restore(
    kept: Path,
    network: Network,
    optimiser: torch.optim.Optimizer,
    rates: torch.optim.lr_scheduler.LambdaLR,
) -> int:
    if not kept.exists():
        return 0
    state = torch.load(kept, weights_only=True)
    network.load_state_dict(state["network"])
    optimiser.load_state_dict(state["optimiser"])
    rates.load_state_dict(state["rates"])
    return int(state["done"])
