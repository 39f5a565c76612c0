"""Which motifs look alike: an order in which neighbors do.

Invariant: the order has every name once, and the same motifs always come in the same order.

Source: Bar-Joseph, Gifford and Jaakkola 2001, "Fast optimal leaf ordering for hierarchical clustering".
"""

from collections.abc import Sequence

import numpy as np

AXES = 48  # of the motifs' greatest differences that are looked at; the rest is noise
FAMILY = 48  # motifs, about: the best order of all 3,136 at once takes minutes, that of families a second


def alike(names: Sequence[str], seen: np.ndarray) -> list[str]:
    """`names` in an order in which like motifs lie together. `seen` (len(names), features): what the network sees in
    each, mean activations."""
    return [names[i] for i in _in_families(places(seen))]


def places(seen: np.ndarray) -> np.ndarray:
    """(N, features) activations to points on a sphere, (N, AXES at most), near each other where motifs are alike."""
    felt = np.sqrt(seen.astype(np.float64))  # a few channels that shout would drown the rest
    felt = (felt - felt.mean(0)) / (felt.std(0) + 1e-6)
    axes, lengths, _ = np.linalg.svd(felt, full_matrices=False)
    found = axes[:, :AXES] * lengths[:AXES]
    return found / (np.linalg.norm(found, axis=1, keepdims=True) + 1e-9)


def _in_families(points: np.ndarray) -> list[int]:
    """Families of likes in the best order, and the best order within each, begun at the end that is like what is
    before."""
    from scipy.cluster.hierarchy import fcluster, linkage

    count = len(points) // FAMILY
    if count < 3:
        return _best(points)
    family = fcluster(linkage(points, "ward"), count, "maxclust")
    members = [np.flatnonzero(family == number) for number in np.unique(family)]
    order: list[int] = []
    for number in _best(np.stack([points[mine].mean(0) for mine in members])):
        mine = [int(members[number][i]) for i in _best(points[members[number]])]
        if order:
            first, last = (np.linalg.norm(points[end] - points[order[-1]]) for end in (mine[0], mine[-1]))
            mine = mine if first <= last else mine[::-1]
        order += mine
    return order


def _best(points: np.ndarray) -> list[int]:
    from scipy.cluster.hierarchy import leaves_list, linkage

    if len(points) < 3:
        return list(range(len(points)))
    return leaves_list(linkage(points, "ward", optimal_ordering=True)).tolist()
