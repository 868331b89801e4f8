"""The program whose checkpoint, as the official plugin wrote it, is beside it."""

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.core.v1 import ConfigMap, Namespace, Secret, Service

ns = Namespace("team")
cm = ConfigMap("settings", metadata={"namespace": ns.metadata.name}, data={"k": "v"})
fixed = ConfigMap("fixed", metadata={"name": "fixed", "namespace": "default"}, data={"k": "v"})
sec = Secret("cred", metadata={"namespace": ns.metadata.name}, string_data={"password": "canary-1"})
svc = Service(
    "web",
    metadata={"namespace": ns.metadata.name, "annotations": {"pulumi.com/skipAwait": "true"}},
    spec={"selector": {"app": "web"}, "ports": [{"port": 80, "target_port": 8080}]},
)
dep = Deployment(
    "web",
    metadata={"namespace": ns.metadata.name, "annotations": {"pulumi.com/skipAwait": "true"}},
    spec={
        "replicas": 2,
        "selector": {"match_labels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "x:1"}]}},
    },
)
pulumi.export("ns", ns.metadata.name)
