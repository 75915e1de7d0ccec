"""Figures of the report: SVG drawn from the data, with tooltips and keys where scripts run, readable where not."""
