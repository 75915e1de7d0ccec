"""Charts: families and the engine declare them, one drawing for each kind makes the PNG and the SVG of a page.

`charts` and `board_charts` are the declarations, `prepare` makes the engine's from boards, `drawing` draws any of
them: the same bytes for the same records, independent of the user's configuration of matplotlib.
"""
