"""Tunes the last transformer block of a sentence encoder to labelled texts, a few examples a label included.

Only the last block learns. What enters it is computed once, so that a step costs a sixth of the whole
model's, and the blocks below stay shared with everything else that uses the encoder. A text is pulled towards
the mean of the *other* texts of its label, and away from the means of the other labels (prototypical
networks, Snell et al. 2017, with the text left out of its own prototype): with a handful of texts a label,
prototypes that contained the text itself, or weights learned for the labels, would be met at once and teach
nothing.

Training runs on TensorFlow, which Rasa brings along; serving on ONNX Runtime alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from llm.last_block import Block, pad

# How much a cosine of 1 is worth in logits.
SCALE = 12.0
BATCH = 32
RATE = 5e-4
DROPOUT = 0.1
# Batches that are filled from one pool of texts sorted by length.
POOL = 8

Progress = Callable[[int, int], None]


class Tuner:
    """Tunes blocks of one shape: what TensorFlow compiles for the first is used for all.

    Args:
        block: of the shape that will be tuned.
    """

    def __init__(self, block: Block) -> None:
        import tensorflow as tf

        self.tf = tf
        self._layer = _Layer(block)
        self._optimizer = tf.keras.optimizers.AdamW(RATE, weight_decay=0.01, jit_compile=False)
        self._optimizer.build(self._layer.variables)
        texts = [tf.TensorSpec((None, None, self._layer.dim)), tf.TensorSpec((None, None))]
        vectors, whole = tf.TensorSpec((None, self._layer.dim)), tf.int32
        told = [vectors, vectors, tf.TensorSpec((None,), whole), tf.TensorSpec((2,), whole)]
        self._step = tf.function(self._learn, input_signature=[*texts, *told])

    def tune(
        self,
        block: Block,
        states: Sequence[np.ndarray],
        vectors: np.ndarray,
        targets: np.ndarray,
        epochs: int,
        seed: int,
        progress: Progress = lambda done, of: None,
    ) -> Block:
        """Tunes a block so that texts of one label come to lie together.

        Args:
            block: the block to start from.
            states: for each text what enters the block, [n_tokens, dim].
            vectors: [n_texts, dim] what comes out of it before it is tuned, unit length.
            targets: [n_texts] labels as whole numbers from 0.
            epochs: passes over the texts.
            seed: makes the result repeatable.
            progress: told after every step how many of how many are done.

        Returns:
            The block with tuned weights.
        """
        self._begin(block)
        random = np.random.default_rng(seed)
        prototypes = _Prototypes(vectors.copy(), targets)
        steps = epochs * -(-len(states) // BATCH)
        for done, places in enumerate(p for _ in range(epochs) for p in _batches(states, random)):
            self._optimizer.learning_rate.assign(_rate(done, steps))
            batch, mask = pad([states[i] for i in places])
            own, others = prototypes.without(places)
            labels = targets[places].astype(np.int32)
            given = (batch, mask.astype(np.float32), own, others, labels, np.array([seed, done], np.int32))
            prototypes.move(places, self._step(*map(self.tf.constant, given)).numpy())
            progress(done + 1, steps)
        return self._layer.block(block)

    def _begin(self, block: Block) -> None:
        """Forgets what an earlier tuning left."""
        self._layer.set(block)
        for variable in self._optimizer.variables:
            variable.assign(self.tf.zeros_like(variable))

    def _learn(self, states: Any, mask: Any, own: Any, others: Any, labels: Any, seed: Any) -> Any:
        """One step; returns where the texts lay before it."""
        tf = self.tf
        with tf.GradientTape() as tape:
            vectors = self._layer(states, mask, seed)
            is_own = tf.one_hot(labels, tf.shape(others)[0])
            logits = SCALE * tf.matmul(vectors, others, transpose_b=True) * (1 - is_own)
            logits += SCALE * tf.reduce_sum(vectors * own, -1, keepdims=True) * is_own
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        variables = self._layer.variables
        self._optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return vectors


class _Prototypes:
    """Where every text lay when it was last seen, and the sum of each label's."""

    def __init__(self, vectors: np.ndarray, targets: np.ndarray) -> None:
        self.vectors = vectors
        self.targets = targets
        self.sums = np.zeros((int(targets.max()) + 1, vectors.shape[1]), np.float32)
        np.add.at(self.sums, targets, vectors)
        self.counts = np.bincount(targets, minlength=len(self.sums))

    def without(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of each text its label's prototype without itself [n, dim], and all prototypes [n_labels, dim].

        A label's only text has no other: its own place stands in.
        """
        labels = self.targets[places]
        alone = (self.counts[labels] == 1)[:, None]
        own = np.where(alone, self.sums[labels], self.sums[labels] - self.vectors[places])
        return _unit(own), _unit(self.sums)

    def move(self, places: np.ndarray, vectors: np.ndarray) -> None:
        """Takes note of where texts lie now."""
        np.add.at(self.sums, self.targets[places], vectors - self.vectors[places])
        self.vectors[places] = vectors


class _Layer:
    """A post-norm transformer block with mean pooling in TensorFlow (Devlin et al. 2019)."""

    def __init__(self, block: Block) -> None:
        import tensorflow as tf

        self.tf = tf
        self.heads, self.epsilon = block.heads, block.epsilon
        self.parts = {name: tf.Variable(array) for name, array in _parts(block).items()}
        self.variables = list(self.parts.values())
        self.dim = int(self.parts["output.LayerNorm.weight"].shape[0])

    def set(self, block: Block) -> None:
        """Takes on a block's weights."""
        for name, array in _parts(block).items():
            self.parts[name].assign(array)

    def block(self, source: Block) -> Block:
        """What has become of a block."""
        weights = {f"{source.prefix}{name}": part.numpy() for name, part in self.parts.items()}
        return Block(weights, source.index, source.heads, source.epsilon)

    def __call__(self, states: Any, mask: Any, seed: Any = None) -> Any:
        """From states [batch, tokens, dim] and mask [batch, tokens] to unit vectors [batch, dim].

        With a seed [2] it drops some of what it knows, as training wants.
        """
        tf = self.tf
        mixed = self._linear("attention.output.dense", self._attend(states, mask))
        middle = self._norm("attention.output.LayerNorm", states + self._drop(mixed, seed))
        wide = tf.nn.gelu(self._linear("intermediate.dense", middle))
        narrow = self._drop(self._linear("output.dense", wide), None if seed is None else -1 - seed)
        final = self._norm("output.LayerNorm", middle + narrow)
        return tf.math.l2_normalize(tf.reduce_sum(final * mask[:, :, None], 1), axis=-1)

    def _attend(self, states: Any, mask: Any) -> Any:
        tf = self.tf
        shape, size = tf.shape(states), states.shape[-1] // self.heads
        query, key, value = (
            tf.transpose(
                tf.reshape(
                    self._linear(f"attention.self.{part}", states),
                    (shape[0], shape[1], self.heads, size),
                ),
                (0, 2, 1, 3),
            )
            for part in ("query", "key", "value")
        )
        scores = tf.matmul(query, key, transpose_b=True) / float(size) ** 0.5
        weights = tf.nn.softmax(scores + (1.0 - mask[:, None, None, :]) * -1e9)
        return tf.reshape(tf.transpose(tf.matmul(weights, value), (0, 2, 1, 3)), shape)

    def _linear(self, name: str, source: Any) -> Any:
        # One product of two matrices: a batched one would add up a gradient of the weights for every text.
        product = self.tf.tensordot(source, self.parts[f"{name}.weight"], [[-1], [1]])
        return product + self.parts[f"{name}.bias"]

    def _norm(self, name: str, source: Any) -> Any:
        mean, variance = self.tf.nn.moments(source, -1, keepdims=True)
        scaled = (source - mean) * self.tf.math.rsqrt(variance + self.epsilon)
        return scaled * self.parts[f"{name}.weight"] + self.parts[f"{name}.bias"]

    def _drop(self, source: Any, seed: Any) -> Any:
        if seed is None:
            return source
        return self.tf.nn.experimental.stateless_dropout(source, DROPOUT, seed)


def _parts(block: Block) -> dict[str, np.ndarray]:
    return {
        name.removeprefix(block.prefix): array.astype(np.float32) for name, array in block.weights.items()
    }


def _rate(step: int, steps: int) -> float:
    """The learning rate: it rises over the first tenth of the steps and falls to nothing by the last."""
    warm = max(1, steps // 10)
    return RATE * min((step + 1) / warm, 1 - step / steps)


def _batches(states: Sequence[np.ndarray], random: np.random.Generator) -> Iterator[np.ndarray]:
    """Every text once, in random order, with texts of like length together: little is spent on padding."""
    lengths = np.array([len(state) for state in states])
    order = random.permutation(len(states))
    batches = []
    for start in range(0, len(order), BATCH * POOL):
        pool = order[start : start + BATCH * POOL]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        batches += [pool[i : i + BATCH] for i in range(0, len(pool), BATCH)]
    yield from (batches[i] for i in random.permutation(len(batches)))


def _unit(vectors: np.ndarray) -> np.ndarray:
    unit: np.ndarray = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit.astype(np.float32)
