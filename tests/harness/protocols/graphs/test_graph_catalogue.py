"""The catalogue of graph data sets."""

from harness.families import dataset_entry


def test_ptc_is_not_replaced_by_another_set() -> None:
    ptc = dataset_entry("tu/PTC")
    assert not ptc.urls
    assert "DGCNN" in ptc.cure
    assert "tudataset/PTC/raw" in ptc.cure
