"""Which texts go through the model together.

In: token counts. Out: groups of like length. A micro-batch is padded to its longest text, so
texts of unlike length in one group would be paid for in padding.
"""

from collections.abc import Sequence


def by_length(
    token_counts: Sequence[int], rows_max: int, padded_tokens_max: int
) -> list[list[int]]:
    """Positions of the texts in groups, shortest first; each position stands in one group.

    A group has at most `rows_max` texts and, padded, at most `padded_tokens_max` tokens; a text
    that is longer than that alone makes a group of one. Who takes the results writes them back
    by position, which restores the order.
    """
    groups: list[list[int]] = []
    group: list[int] = []
    for position in sorted(range(len(token_counts)), key=token_counts.__getitem__):
        # In rising order the newcomer is the longest and sets the padded width.
        padded_tokens = token_counts[position] * (len(group) + 1)
        if group and (len(group) == rows_max or padded_tokens > padded_tokens_max):
            groups.append(group)
            group = []
        group.append(position)
    return [*groups, group] if group else groups
