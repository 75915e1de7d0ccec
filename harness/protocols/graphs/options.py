"""Options of the graph protocols; light to import."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GraphClassificationOptions:
    """Options of a task of graph classification.

    Attributes:
        link_input: whether neural contenders may append the gathered input features to the input of their head, as
            the papers do on collections without node labels; their settings decide whether they do.
    """

    link_input: bool = False
