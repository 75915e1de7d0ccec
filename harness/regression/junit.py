"""The gate's report as JUnit XML: a suite a kind, a case a change; what could not be measured is *skipped*."""

import re

from junitparser import Failure, JUnitXml, Properties, Property, Skipped, TestCase, TestSuite

from harness.regression.changes import WORDS, Change, Report
from harness.regression.table import values

FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, escaped or not."""


def render_junit(report: Report) -> str:
    """Return the XML; regressions are failures."""
    xml = JUnitXml(_clean(f"bench check --against {report.against}"))
    for kind in dict.fromkeys(change.kind for change in report.changes):
        suite = TestSuite(kind)
        properties = Properties()
        properties.append(Property("profile", _clean(report.profile)))
        properties.append(Property("conclusion", _clean(report.conclusion)))
        suite.append(properties)
        for change in report.changes:
            if change.kind == kind:
                suite.add_testcase(_case(change))
        xml.add_testsuite(suite)
    xml.update_statistics()
    return xml.tostring().decode()


def _case(change: Change) -> TestCase:
    case = TestCase(_clean(change.who), _clean(change.subject), 0)
    parts = (values(change), change.change, change.certainty, change.reason)
    said = _clean("; ".join(part for part in parts if part))
    if change.word == "regressed":
        failure = Failure(_clean(f"{change.kind}: {WORDS['regressed']}"), "regression")
        failure.text = said
        case.result = [failure]
    elif change.word == "unmeasured":
        case.result = [Skipped(said)]
    else:
        case.system_out = f"{change.word}: {said}"
    return case


def _clean(text: str) -> str:
    return FORBIDDEN.sub("�", text)
