"""The emulated cloud as an operator's tools see it: machines behind RunInstances, load balancers that forward."""

from __future__ import annotations

import base64
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

import botocore.exceptions
import pytest

from tests.emulator.conftest import CIDR, ENVIRONMENT, LOAD_BALANCER, REGION, Cloud
from toolchain.emulator import life
from toolchain.failure import ToolchainError

if TYPE_CHECKING:
    from collections.abc import Callable

HEALTHY_SECONDS = 30.0


def launch(cloud: Cloud, subnet: str, user_data: str, kind: str = "t3.micro") -> dict[str, Any]:
    made = cloud.client("ec2").run_instances(
        ImageId=cloud.status.image_id, InstanceType=kind, UserData=user_data, SubnetId=subnet, MinCount=1, MaxCount=1
    )
    return dict(made["Instances"][0])


def test_start_again_changes_nothing_and_other_settings_are_refused(cloud: Cloud) -> None:
    again = life.start(ENVIRONMENT, cidr=CIDR, port=4566, registry_port=cloud.registry_port, region=REGION)
    assert (again.process_id, again.started_now) == (cloud.status.process_id, False)
    with pytest.raises(ToolchainError, match="runs with other settings: port is 4566, wanted is 4567"):
        life.start(ENVIRONMENT, cidr=CIDR, port=4567, registry_port=cloud.registry_port, region=REGION)


def test_instance_of_a_template_is_a_machine_with_its_user_data(cloud: Cloud) -> None:
    ec2, subnet = cloud.client("ec2"), cloud.subnet("b")
    ec2.import_key_pair(KeyName="operator", PublicKeyMaterial=cloud.key[1].encode())
    file = {"path": "/etc/told", "content": "something", "permissions": "0600"}
    user_data, host_key = cloud.user_data("general-0", write_files=[file])
    template = ec2.create_launch_template(
        LaunchTemplateName="general",
        LaunchTemplateData={
            "ImageId": cloud.status.image_id,
            "InstanceType": "t3.small",
            "KeyName": "operator",
            "UserData": base64.b64encode(user_data.encode()).decode(),
            "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "pool", "Value": "general"}]}],
        },
    )["LaunchTemplate"]["LaunchTemplateId"]
    wanted = {
        "LaunchTemplate": {"LaunchTemplateId": template, "Version": "1"},
        "SubnetId": subnet,
        "ClientToken": "once",
        "MinCount": 1,
        "MaxCount": 1,
    }
    first, second = (ec2.run_instances(**wanted)["Instances"][0] for _ in range(2))
    assert first["InstanceId"] == second["InstanceId"]
    instance = ec2.describe_instances(InstanceIds=[first["InstanceId"]])["Reservations"][0]["Instances"][0]
    assert instance["Placement"]["AvailabilityZone"] == f"{REGION}b"
    assert instance["Tags"] == [{"Key": "pool", "Value": "general"}]
    said = cloud.ssh(
        instance["PrivateIpAddress"], host_key, "hostname; sudo stat -c '%a %U' /etc/told; sudo cat /etc/told"
    )
    assert said.split() == ["general-0", "600", "root", "something"]
    ec2.terminate_instances(InstanceIds=[first["InstanceId"]])
    assert not life.status(ENVIRONMENT).containers


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"UserData": "#cloud-config\nruncmd: [reboot]"}, "InvalidParameterValue"),
        ({"InstanceType": "t3.huge"}, "InvalidInstanceType"),
        ({"KeyName": "nobody"}, "InvalidKeyPair.NotFound"),
        ({"SubnetId": "subnet-0"}, "InvalidSubnetID.NotFound"),
        ({"LaunchTemplate": {"LaunchTemplateId": "lt-0"}}, "InvalidLaunchTemplateId.NotFound"),
    ],
)
def test_launch_that_aws_would_refuse_is_refused(cloud: Cloud, change: dict[str, Any], code: str) -> None:
    wanted = {"ImageId": cloud.status.image_id, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1, **change}
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        cloud.client("ec2").run_instances(**wanted)
    assert caught.value.response["Error"]["Code"] == code
    assert not life.status(ENVIRONMENT).containers


def test_instance_types_have_the_sizes_of_aws(cloud: Cloud) -> None:
    described = cloud.client("ec2").describe_instance_types(InstanceTypes=["t3.medium"])["InstanceTypes"][0]
    assert (described["VCpuInfo"]["DefaultVCpus"], described["MemoryInfo"]["SizeInMiB"]) == (2, 4096)


def test_target_that_leaves_loses_no_request(cloud: Cloud) -> None:
    elb, ec2, subnet = cloud.client("elbv2"), cloud.client("ec2"), cloud.subnet()
    instances = {name: _web_server(cloud, subnet, name) for name in ("one", "two")}
    balancer = elb.create_load_balancer(Name="web", Type="network", Subnets=[subnet])["LoadBalancers"][0]
    group = elb.create_target_group(
        Name="web",
        Protocol="TCP",
        Port=8080,
        VpcId=balancer["VpcId"],
        TargetType="instance",
        HealthCheckProtocol="HTTP",
        HealthCheckPath="/",
        HealthCheckIntervalSeconds=5,
        HealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    delay = [{"Key": "deregistration_delay.timeout_seconds", "Value": "3"}]
    elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=delay)
    targets = [{"Id": instance, "Port": 8080} for instance in instances.values()]
    elb.register_targets(TargetGroupArn=group, Targets=targets)
    assert _states(elb, group) == Counter(unused=2)
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    elb.create_listener(LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="TCP", Port=80, DefaultActions=forward)
    _wait(lambda: _states(elb, group) == Counter(healthy=2))
    with _Load() as load:
        _wait(lambda: {"one", "two"} <= set(load.answers))
        elb.deregister_targets(TargetGroupArn=group, Targets=targets[:1])
        assert _states(elb, group) == Counter(healthy=1, draining=1)
        _wait(lambda: _states(elb, group) == Counter(healthy=1))
        ec2.terminate_instances(InstanceIds=[instances["one"]])
    assert set(load.answers) == {"one", "two"}
    elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
    ec2.terminate_instances(InstanceIds=[instances["two"]])
    _wait(lambda: not life.status(ENVIRONMENT).containers)


def _web_server(cloud: Cloud, subnet: str, name: str) -> str:
    unit = "[Service]\nExecStart=/usr/bin/python3 -m http.server 8080 --directory /srv/web\n"
    files = [
        {"path": "/srv/web/index.html", "content": name},
        {"path": "/etc/systemd/system/web.service", "content": unit},
    ]
    user_data, host_key = cloud.user_data(name, write_files=files)
    instance = launch(cloud, subnet, user_data)
    cloud.ssh(instance["PrivateIpAddress"], host_key, "sudo systemctl start web")
    return str(instance["InstanceId"])


class _Load:
    """Requests to the load balancer, one after the other, until it ends."""

    def __init__(self) -> None:
        self.answers: Counter[str] = Counter()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                with urllib.request.urlopen(f"http://{LOAD_BALANCER}/", timeout=5) as answer:
                    self.answers[answer.read().decode()] += 1
            except (urllib.error.URLError, OSError) as error:
                self.answers[repr(error)] += 1


def _states(elb: Any, group: str) -> Counter[str]:  # noqa: ANN401 - a client of boto3
    described = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return Counter(item["TargetHealth"]["State"] for item in described)


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + HEALTHY_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)
