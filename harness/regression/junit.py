"""The gate's report as JUnit XML: a suite for each quantity, a case for each change; unmeasured is *skipped*."""

import re

from junitparser import Failure, JUnitXml, Properties, Property, Skipped, TestCase, TestSuite

from harness.regression.changes import WORDS, Change, GateReport
from harness.regression.table import values

FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not allow, escaped or not."""


def render_junit(report: GateReport) -> str:
    """Return the XML; regressions are failures."""
    xml = JUnitXml(_clean(f"bench check --against {report.against}"))
    for title in dict.fromkeys(change.title for change in report.changes):
        suite = TestSuite(_clean(title))
        properties = Properties()
        properties.append(Property("profile", _clean(report.profile)))
        properties.append(Property("conclusion", _clean(report.conclusion)))
        suite.append(properties)
        for change in report.changes:
            if change.title == title:
                suite.add_testcase(_case(change))
        xml.add_testsuite(suite)
    xml.update_statistics()
    return xml.tostring().decode()


def _case(change: Change) -> TestCase:
    case = TestCase(_clean(change.who), _clean(change.subject), 0)
    parts = (values(change), change.change, change.certainty, change.reason)
    text = _clean("; ".join(part for part in parts if part))
    if change.word == "regressed":
        failure = Failure(_clean(f"{change.title}: {WORDS['regressed']}"), "regression")
        failure.text = text
        case.result = [failure]
    elif change.word == "unmeasured":
        case.result = [Skipped(text)]
    else:
        case.system_out = f"{change.word}: {text}"
    return case


def _clean(text: str) -> str:
    return FORBIDDEN.sub("�", text)
