"""The low room under every table: metrics, scales, units, columns and grids."""
