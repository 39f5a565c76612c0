"""An order of the motifs in which neighbors look alike.

Invariant: the order has every name once, and the same motifs always give the same order.

Source: Bar-Joseph, Gifford and Jaakkola 2001, "Fast optimal leaf ordering for hierarchical clustering".
"""

from collections.abc import Sequence

import numpy as np

AXES = 48  # principal components that are used; the rest is noise
FAMILY = 48  # motifs per family, about: the best order of all 3,136 at once takes minutes, that in families a second


def alike(names: Sequence[str], seen: np.ndarray) -> list[str]:
    """`names` in an order in which similar motifs are neighbors. `seen` (len(names), features): the network's mean
    activations on each motif."""
    return [names[i] for i in _in_families(places(seen))]


def places(seen: np.ndarray) -> np.ndarray:
    """(N, features) activations -> points on a sphere, (N, at most AXES); similar motifs lie near each other."""
    features = np.sqrt(seen.astype(np.float64))  # else a few strong channels would dominate
    features = (features - features.mean(0)) / (features.std(0) + 1e-6)
    axes, lengths, _ = np.linalg.svd(features, full_matrices=False)
    found = axes[:, :AXES] * lengths[:AXES]
    return found / (np.linalg.norm(found, axis=1, keepdims=True) + 1e-9)


def _in_families(points: np.ndarray) -> list[int]:
    """Families of similar motifs in the best order, and the motifs of each family in the best order. Each family starts
    at the end that is more similar to the previous motif."""
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
