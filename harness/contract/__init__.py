"""Contracts between the engine and its families: protocol, contender, metric, options, report, context, search."""
