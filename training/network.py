"""The encoder as a PyTorch network that can be trained on, and its way there and back.

In: the weights of an `Encoder`. Out: a network with a label and a topic head over the mean of the
token vectors, as `graph.py` has it; trained, an `Encoder` and two heads again. The only modules of
the project that need PyTorch are this one and `tune.py`.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.encoder import Encoder, Numbers, Shape
from training.graph import FAR_BELOW, Head, Heads

PAD = 1
# The mean vector has length 1: without a factor the heads' logits could hardly leave 0.
SHARPNESS = 10.0


class Layer(nn.Module):
    """One layer of the encoder: attention, then the wide part, each with its norm behind it."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        hidden = shape.hidden
        self.heads = shape.heads
        self.q, self.k, self.v, self.ao = (nn.Linear(hidden, hidden) for _ in range(4))
        self.fi, self.fo = (
            nn.Linear(hidden, shape.intermediate),
            nn.Linear(shape.intermediate, hidden),
        )
        self.aln, self.oln = (nn.LayerNorm(hidden, shape.epsilon) for _ in range(2))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        rows, tokens, hidden = x.shape
        query, key, value = (
            part(x).view(rows, tokens, self.heads, -1).transpose(1, 2)
            for part in (self.q, self.k, self.v)
        )
        # By hand: twice as fast on a processor as the library's own attention, going back.
        scores = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5
        mixed = (scores + mask).softmax(-1) @ value
        attended = self.ao(mixed.transpose(1, 2).reshape(rows, tokens, hidden))
        x = self.aln(x + attended)
        wide = functional.gelu(self.fi(x))
        return self.oln(x + self.fo(wide))


class Network(nn.Module):
    """Token ids to label logits and topic logits; after the last layer, and after those of
    `exits` too: so the lower layers learn the task as well. (The exit that is served is another
    one: `exits.py`.)"""

    def __init__(
        self,
        shape: Shape,
        labels: int,
        topics: int,
        exits: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.shape = shape
        self.words = nn.Embedding(shape.vocabulary, shape.hidden)
        self.places = nn.Embedding(shape.positions, shape.hidden)
        self.norm = nn.LayerNorm(shape.hidden, shape.epsilon)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.exits = (*exits, shape.layers)
        self.labels = nn.ModuleList(nn.Linear(shape.hidden, labels) for _ in self.exits)
        self.topics = nn.ModuleList(nn.Linear(shape.hidden, topics) for _ in self.exits)

    def forward(self, ids: Tensor, mask: Tensor) -> list[tuple[Tensor, Tensor]]:
        vectors = self.vectors(ids, mask, self.exits)
        return [self.judged(at, vector) for at, vector in enumerate(vectors)]

    def judged(self, at: int, vector: Tensor) -> tuple[Tensor, Tensor]:
        """What the heads of the exit `at` say of its vectors."""
        sharp = vector * SHARPNESS
        return self.labels[at](sharp), self.topics[at](sharp)

    def vectors(self, ids: Tensor, mask: Tensor, after: Sequence[int]) -> list[Tensor]:
        """The mean of the token vectors after each of these layers, scaled to length 1."""
        x = self.norm(self.words(ids) + self.places.weight[: ids.shape[1]])
        below = (1 - mask[:, None, None, :]) * FAR_BELOW
        found: list[Tensor] = []
        for done, layer in enumerate(self.layers, 1):
            x = layer(x, below)
            if done in after:
                total = (x.float() * mask[:, :, None]).sum(1)
                found.append(functional.normalize(total, dim=1))
        return found


_LINEAR = ("q", "k", "v", "ao", "fi", "fo")
_NORMS = ("aln", "oln")


def network_of(
    encoder: Encoder,
    kept: Sequence[int],
    layers: Sequence[int],
    labels: int,
    topics: int,
    exits: Sequence[int] = (),
) -> Network:
    """The network with the encoder's weights: of the word table the rows `kept`, of the layers
    those named, in this order; the heads at chance."""
    shape = replace(encoder.shape, vocabulary=len(kept), layers=len(layers))
    network = Network(shape, labels, topics, exits)
    places = encoder.vectors["emb.pos"].reshape(-1, shape.hidden) + encoder.vectors["emb.type"]
    values = {
        "words.weight": encoder.matrices["emb.word"].dense()[list(kept)],
        "places.weight": places,
        "norm.weight": encoder.vectors["emb.ln.w"],
        "norm.bias": encoder.vectors["emb.ln.b"],
    }
    for to, source in enumerate(layers):
        for name in _LINEAR:
            values[f"layers.{to}.{name}.weight"] = encoder.matrices[f"l{source}.{name}.w"].dense()
            values[f"layers.{to}.{name}.bias"] = encoder.vectors[f"l{source}.{name}.b"]
        for name in _NORMS:
            values[f"layers.{to}.{name}.weight"] = encoder.vectors[f"l{source}.{name}.w"]
            values[f"layers.{to}.{name}.bias"] = encoder.vectors[f"l{source}.{name}.b"]
    state = {name: torch.tensor(np.array(value)) for name, value in values.items()}
    network.load_state_dict(state, strict=False)
    return network


def encoder_of(network: Network) -> Encoder:
    """The trained weights, as `graph.encoder_graph` takes them."""
    state = {name: value.float().numpy() for name, value in network.state_dict().items()}
    hidden = network.shape.hidden
    matrices = {"emb.word": Numbers(state["words.weight"])}
    vectors = {
        "emb.pos": state["places.weight"].reshape(-1),
        "emb.type": np.zeros(hidden, np.float32),
        "emb.ln.w": state["norm.weight"],
        "emb.ln.b": state["norm.bias"],
    }
    for at in range(network.shape.layers):
        for name in _LINEAR:
            matrices[f"l{at}.{name}.w"] = Numbers(state[f"layers.{at}.{name}.weight"])
            vectors[f"l{at}.{name}.b"] = state[f"layers.{at}.{name}.bias"]
        for name in _NORMS:
            vectors[f"l{at}.{name}.w"] = state[f"layers.{at}.{name}.weight"]
            vectors[f"l{at}.{name}.b"] = state[f"layers.{at}.{name}.bias"]
    return Encoder(network.shape, matrices, vectors)


def heads_of(network: Network) -> Heads:
    """The heads after all layers, over vectors of length 1."""
    return Heads(_head(network.labels[-1]), _head(network.topics[-1]))


def set_heads(network: Network, heads: Heads) -> None:
    """Let the last exit say what these heads say."""
    for linear, head in ((network.labels[-1], heads.labels), (network.topics[-1], heads.topics)):
        weights, shifts = torch.tensor(head.weights / SHARPNESS), torch.tensor(head.shifts)
        linear.load_state_dict({"weight": weights, "bias": shifts})


def _head(linear: nn.Linear) -> Head:
    weights: NDArray[np.float32] = linear.weight.detach().float().numpy() * SHARPNESS
    return Head(weights, linear.bias.detach().float().numpy())
