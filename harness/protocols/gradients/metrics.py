"""Metrics of gradient compression: bytes, milliseconds and modelled step times on other links."""

import math

from harness.contract.class_metrics import ACCURACY, NLL
from harness.contract.metric import Kind, Metric, MetricSet, MetricTable, Parameter


def _traffic(name: str, title: str, kind: Kind, header: str) -> Metric:
    return Metric(name, title, kind, "lower", "traffic", header)


METRICS = MetricSet(
    (
        ACCURACY,
        NLL,
        _traffic("bytes_per_step", "bytes sent a step", "size", "sent a step"),
        _traffic("loopback_bytes_per_step", "bytes on the interface a step", "size", "on the interface"),
        Metric(
            "kept_ratio",
            "share of gradient entries sent",
            "number",
            "lower",
            "traffic",
            "entries sent",
            bounds=(0.0, math.inf),
        ),
        _traffic("step_ms", "time of a step", "time", "step"),
        _traffic("compute_ms", "time to compute in a step", "time", "compute"),
        _traffic("encode_ms", "time to encode in a step", "time", "encode"),
        _traffic("communicate_ms", "time to communicate in a step", "time", "communicate"),
        _traffic("decode_ms", "time to decode in a step", "time", "decode"),
        Metric(
            "modelled_step_ms_{bandwidth}gbit",
            "modelled step time at {bandwidth} Gbit/s",
            "time",
            "lower",
            "links",
            "{bandwidth} Gbit/s",
            parameters=(Parameter("bandwidth", "decimal"),),
        ),
        Metric(
            "break_even_gbit",
            "bandwidth up to which it pays",
            "rate",
            "higher",
            "links",
            "pays up to, Gbit/s",
            zero="never",
        ),
    ),
    (
        MetricTable("traffic", "Bytes a worker sends in a step, and where its time goes (ms)"),
        MetricTable(
            "links",
            "Modelled time of a step (ms) by bandwidth of the link",
            remark="A model: measured computing, encoding and decoding, counted bytes, no overlap. “Pays up to” is "
            "the bandwidth at which a step takes as long as with dense gradients, computing being equal; below it "
            "takes less.",
        ),
    ),
)
