"""The webhook's certificate is verified, and a CA of one's own is trusted when the user names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from operations.drift import webhook
from operations.drift.finding import Change, DriftReport, Finding
from tests.unit.operations import servers

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

FINDING = Finding(layer="hosts", kind="Host", resource="web-0", property="file /etc/a", change=Change.MISSING)
REPORT = DriftReport.model_validate(
    {
        "environment": "local",
        "checkedAt": "2026-01-02T00:00:00Z",
        "seconds": 1,
        "layers": ["hosts"],
        "findings": [FINDING],
        "new": [FINDING.key],
    }
)


def test_a_report_goes_only_to_a_server_that_proves_who_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "_is_worth_another_try", lambda _: False)
    authority = servers.make_authority(tmp_path / "ca")
    answers = servers.Answers({"/hook": (200, b"thanks")})
    with servers.https(answers, authority) as address:
        trouble = webhook.tell(f"https://{address}/hook", REPORT)
        assert trouble is not None
        assert "CERTIFICATE_VERIFY_FAILED" in trouble
        assert answers.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
        assert webhook.tell(f"https://{address}/hook", REPORT) is None
        assert [path for _, path in answers.asked] == ["/hook"]
