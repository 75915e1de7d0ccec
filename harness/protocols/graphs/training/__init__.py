"""Training code that all neural graph contenders share."""
