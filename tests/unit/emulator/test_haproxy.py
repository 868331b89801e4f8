"""The configuration of a load balancer, and what HAProxy's statistics mean for a target."""

from __future__ import annotations

from dataclasses import replace

from toolchain.emulator.cloud.haproxy import HealthCheck, Listener, Target, configuration, health

CHECK = HealthCheck(
    protocol="HTTP",
    port=30900,
    path="/ping",
    codes="200-399",
    interval_seconds=5,
    timeout_seconds=2,
    healthy_threshold=3,
    unhealthy_threshold=2,
)
WEB = Listener(
    port=80,
    group="web",
    targets=(Target("i-2-30080", "10.0.0.2", 30080), Target("i-1-30080", "10.0.0.1", 30080)),
    check=CHECK,
    terminates_unhealthy=True,
)
STATISTICS = """# pxname,svname,status,check_status
listener-80,FRONTEND,OPEN,
web-80,i-1-30080,UP,L7OK
web-80,i-2-30080,DOWN,L4CON
web-80,i-3-30080,DOWN,INI
web-80,i-4-30080,UP 1/2,L7OK
web-80,i-5-30080,DOWN 1/3,L7OK
web-80,BACKEND,UP,
"""


def test_listener_forwards_to_its_targets_in_an_order_that_does_not_change() -> None:
    text = configuration([WEB])
    assert text == configuration([replace(WEB, targets=WEB.targets[::-1])])
    assert "bind :80\n    default_backend web-80" in text
    assert (
        "server i-1-30080 10.0.0.1:30080 check port 30900 inter 5s fastinter 1s rise 3 fall 2 "
        "on-marked-down shutdown-sessions\n"
    ) in text


def test_health_check_of_tcp_asks_for_no_page() -> None:
    check = replace(CHECK, protocol="TCP", port=None)
    text = configuration([replace(WEB, check=check, terminates_unhealthy=False)])
    assert "httpchk" not in text
    assert "server i-1-30080 10.0.0.1:30080 check inter 5s fastinter 1s rise 3 fall 2\n" in text


def test_health_check_of_https_trusts_every_certificate_as_aws_does() -> None:
    text = configuration([replace(WEB, check=replace(CHECK, protocol="HTTPS"))])
    assert "check port 30900 check-ssl verify none inter 5s" in text


def test_states_are_those_of_describe_target_health() -> None:
    states = {server: state for (_, server), state in health(STATISTICS).items()}
    assert states == {
        "i-1-30080": "healthy",
        "i-2-30080": "unhealthy",
        "i-3-30080": "initial",
        "i-4-30080": "healthy",
        "i-5-30080": "unhealthy",
    }
