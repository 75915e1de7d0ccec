"""ogb's own evaluator, to check this program's metrics against."""

import numpy as np

from harness.protocols.graphs.readers.ogb_guards import guarded_ogb


def ogb_evaluate(name: str, targets: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    """Return the metric that ogb's ``Evaluator`` computes from class scores; importing ogb imports torch.

    Args:
        name: name in the catalog, e.g. ``ogb/ogbg-molhiv``; the prefix may be left out.
        targets: (n,) class numbers.
        scores: (n, num_classes), larger = more likely.

    Returns:
        ogb's metric by its own name: ``rocauc`` or ``acc``.

    Raises:
        ValueError: ogb has no such data set, or its metric is not computed from class scores.
    """
    dataset = name.removeprefix("ogb/")
    with guarded_ogb():
        if dataset.startswith("ogbg-"):
            from ogb.graphproppred import Evaluator
        elif dataset.startswith("ogbn-"):
            from ogb.nodeproppred import Evaluator
        else:
            raise ValueError(f"name must start with ogbg- or ogbn-, got {dataset!r}")
        evaluator = Evaluator(dataset)
        if evaluator.eval_metric == "rocauc" and scores.shape[1] == 2:
            given = scores[:, 1] - scores[:, 0]
        elif evaluator.eval_metric == "acc":
            given = scores.argmax(axis=1)
        else:
            raise ValueError(f"ogb scores {dataset} by {evaluator.eval_metric}, not by class scores {scores.shape}")
        result = evaluator.eval({"y_true": targets.reshape(-1, 1), "y_pred": given.reshape(-1, 1)})
    return {metric: float(value) for metric, value in result.items()}
