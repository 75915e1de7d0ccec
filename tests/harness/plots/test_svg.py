"""What becomes of matplotlib's SVG, shown on small ones."""

import pytest

from harness.plots.svg import Tag, themed
from tests.harness.plots.drawings import SVG, groups, ids, marks, parsed, references, uses

HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 100.25 50" '
    'width="100pt" version="1.1"><metadata><date>now</date></metadata>'
    "<defs><style>*{stroke-linejoin: round}</style></defs>"
)


def made(inside: str, **tags: Tag) -> str:
    return themed(f"{HEAD}{inside}</svg>", "fig", "lines", "<title>", "what & why", tags)


def test_it_is_named_scales_and_keeps_no_style_and_no_metadata():
    root = parsed(made(""))
    assert root.attrib["viewBox"] == "0 0 100.25 50"
    assert not {"width", "height", "version"} & set(root.attrib)
    assert root.attrib["aria-labelledby"] == "fig-title fig-desc"
    assert (root.attrib["role"], root.attrib["data-kind"]) == ("group", "lines")
    assert [element.text for element in root[:2]] == ["<title>", "what & why"]
    assert "now" not in "".join(root.itertext())
    assert "linejoin: round" not in made("")


def test_colours_of_the_palette_become_variables_and_styles_attributes():
    style = "fill: none; stroke: #0067a3; stroke-width: 1.50"
    (path,) = parsed(made(f'<path d="M 0.123456 1.0 \nL 2 3.999 \nz\n" style="{style}"/>')).iter(f"{SVG}path")
    assert path.attrib == {"d": "M0.12 1L2 4 z", "fill": "none", "stroke": "var(--baseline)", "stroke-width": "1.5"}


def test_a_colour_that_no_theme_knows_is_an_error():
    with pytest.raises(ValueError, match=r"got the colour #123456, expected one of the palette"):
        made('<path d="M0 0" style="fill: #123456"/>')


def test_text_stays_text_in_its_size_and_without_a_font():
    text = "<text style=\"font: 9px 'DejaVu Sans'; text-anchor: end; fill: #57606a\" {}>a &lt;b&gt; &amp; c</text>"
    for place in ('x="1.5" y="2" transform="rotate(-0 1.5 2)"', 'transform="translate(1.5 2) rotate(-0)"'):
        (found,) = parsed(made(text.format(place))).iter(f"{SVG}text")
        assert found.text == "a <b> & c"
        expected = {"x": "1.5", "y": "2", "font-size": "9", "text-anchor": "end", "fill": "var(--muted)"}
        assert found.attrib == expected


MARKERS = (
    '<g id="tag0"><defs><path id="m1" d="M 0 3 \nz" style="stroke: #ffffff"/></defs><g clip-path="url(#p9)">'
    '<use xlink:href="#m1" x="10" y="5" style="fill: #b84a00; stroke: #ffffff"/>'
    '<use xlink:href="#m1" x="20" y="5" style="fill: #b84a00; stroke: #ffffff"/></g></g>'
    '<defs><clipPath id="p9"><rect x="0" y="0" width="9.001" height="9"/></clipPath></defs>'
)


def test_each_shape_of_a_tagged_artist_gets_its_words():
    root = parsed(made(MARKERS, tag0=Tag("s1", ("one", 'two "<2>"'))))
    assert marks(root) == ["one", 'two "<2>"']
    (series,) = groups(root, "series")
    assert series.get("data-series") == "s1"
    assert uses(series) == [(10.0, 5.0), (20.0, 5.0)]


def test_identifiers_are_the_figures_own_and_only_what_is_referred_to():
    root = parsed(made(MARKERS, tag0=Tag("s1")))
    assert set(ids(root)) == {"fig-title", "fig-desc", "fig-0", "fig-1"}
    assert references(root) == set(ids(root))
    (clip,) = (element.get("id") for element in root.iter(f"{SVG}clipPath"))
    assert {use.get("clip-path") for use in root.iter(f"{SVG}use")} == {f"url(#{clip})"}


def test_more_or_fewer_words_than_shapes_are_an_error():
    with pytest.raises(ValueError, match="expected 1 shapes with words, got 2"):
        made(MARKERS, tag0=Tag("s1", ("one",)))


def test_ghosts_are_known_to_the_style():
    root = parsed(made(MARKERS, tag0=Tag("", ("one", "two"), ghost=True)))
    assert {use.get("class") for use in root.iter(f"{SVG}use")} == {"ghost"}


def test_neighbours_of_one_series_are_one_group():
    line = '<g id="{}"><path d="M 0 0" style="stroke: #b84a00"/></g>'
    inside = "".join(line.format(gid) for gid in ("tag0", "tag1", "tag2", "tag3"))
    root = parsed(made(inside, tag0=Tag("a"), tag1=Tag("a"), tag2=Tag("b"), tag3=Tag("a")))
    assert [(g.get("data-series"), len(list(g))) for g in groups(root, "series")] == [("a", 2), ("b", 1), ("a", 1)]
