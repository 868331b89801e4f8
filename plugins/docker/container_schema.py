"""The inputs of ``docker.Container``: 74 of them, of which 48 are fixed for the life of a container.

A table only; source: provider/cmd/pulumi-resource-docker/schema.json of pulumi-docker and the SDK 5.2.0.
"""

from __future__ import annotations

from plugins.docker.schema import LABELS, Schema, meta
from plugins.rpc.schema import BOOLEAN, INTEGER, STRING, STRINGS, Property, list_of, object_of, set_of

# Limits of values are those of the official plugin: ValidateDiagFunc in resource_docker_container.go.
COUNT = INTEGER.at_least(0)
DURATION = STRING.matching(r"0|((\d*\.)?\d+(ns|us|µs|ms|s|m|h))+", "a duration such as 1m30s")
CAPABILITIES = object_of(adds=set_of(STRING), drops=set_of(STRING))
DEVICE = object_of(hostPath=STRING.needed, containerPath=STRING, permissions=STRING.by_default("rwm"))
DEVICE_REQUEST = object_of(
    driver=STRING.by_default("cdi"),
    count=INTEGER.by_default(0),
    deviceIds=set_of(STRING),
    capabilities=set_of(STRING),
    options=STRINGS,
)
HOST = object_of(host=STRING.needed, ip=STRING.needed)
MOUNT = object_of(
    target=STRING.needed,
    type=STRING.needed.one_of("bind", "volume", "tmpfs"),
    source=STRING,
    readOnly=BOOLEAN,
    bindOptions=object_of(propagation=STRING.one_of("private", "rprivate", "shared", "rshared", "slave", "rslave")),
    tmpfsOptions=object_of(mode=INTEGER, sizeBytes=INTEGER),
    volumeOptions=object_of(
        noCopy=BOOLEAN, labels=LABELS, driverName=STRING, driverOptions=STRINGS, subpath=STRING.forces
    ),
)
NETWORK = object_of(
    name=STRING.needed,
    aliases=set_of(STRING),
    ipv4Address=STRING,
    ipv6Address=STRING,
    linkLocalIps=set_of(STRING),
    macAddress=STRING,
    driverOpts=set_of(STRING),
    gwPriority=COUNT,
)
PORT = object_of(
    internal=INTEGER.needed,
    external=INTEGER.decided,
    ip=STRING.by_default("0.0.0.0"),  # noqa: S104 - the official default; our stacks always name an address
    protocol=STRING.by_default("tcp"),
)
ULIMIT = object_of(name=STRING.needed, soft=INTEGER.needed, hard=INTEGER.needed)
UPLOAD = object_of(
    file=STRING.needed,
    content=STRING,
    contentBase64=STRING,
    source=STRING,
    sourceHash=STRING,
    executable=BOOLEAN.by_default(False),
    permissions=STRING.matching("0[0-7]{3}", "an octal mode such as 0644"),
)
VOLUME = object_of(
    containerPath=STRING,
    volumeName=STRING,
    hostPath=STRING.matching(r"([a-zA-Z]:[\\/]|/).*", "an absolute path"),
    fromContainer=STRING,
    readOnly=BOOLEAN,
    selinuxRelabel=STRING.one_of("z", "Z"),
)
HEALTHCHECK = object_of(
    tests=list_of(STRING),
    interval=DURATION.by_default("0s"),
    timeout=DURATION.by_default("0s"),
    startPeriod=DURATION.by_default("0s"),
    startInterval=DURATION.by_default("0s"),
    retries=COUNT.by_default(0),
)
THROTTLE = set_of(object_of(path=STRING.needed, rate=COUNT.needed))

FIXED: dict[str, Property] = {
    "name": STRING,
    "image": STRING.needed,
    "capabilities": CAPABILITIES,
    "cgroupParent": STRING,
    "cgroupnsMode": STRING,
    "command": list_of(STRING).decided,
    "cpus": STRING,
    "deviceCgroupRules": set_of(STRING),
    "deviceRequests": set_of(DEVICE_REQUEST),
    "devices": set_of(DEVICE),
    "dns": set_of(STRING),
    "dnsOpts": set_of(STRING),
    "dnsSearches": set_of(STRING),
    "domainname": STRING,
    "entrypoints": list_of(STRING).decided,
    "envs": set_of(STRING).decided,
    "gpus": STRING,
    "groupAdds": set_of(STRING),
    "hostname": STRING.decided,
    "hosts": set_of(HOST),
    "ipcMode": STRING.decided,
    "labels": LABELS.decided,
    "logDriver": STRING.decided,
    "logOpts": STRINGS,
    "mounts": set_of(MOUNT),
    "networkMode": STRING.by_default("bridge"),
    "networksAdvanced": set_of(NETWORK),
    "pidMode": STRING,
    "platform": STRING.decided,
    "ports": list_of(PORT),
    "privileged": BOOLEAN,
    "publishAllPorts": BOOLEAN,
    "readOnly": BOOLEAN.by_default(False),
    "runtime": STRING.decided,
    "securityOpts": set_of(STRING).decided,
    "shmSize": COUNT.decided,
    "stdinOpen": BOOLEAN.by_default(False),
    "stopSignal": STRING.decided,
    "stopTimeout": INTEGER.decided,
    "storageOpts": STRINGS,
    "sysctls": STRINGS,
    "tty": BOOLEAN.by_default(False),
    "ulimits": set_of(ULIMIT),
    "uploads": set_of(UPLOAD),
    "user": STRING.decided,
    "usernsMode": STRING,
    "volumes": set_of(VOLUME),
    "workingDir": STRING.decided,
}

CHANGEABLE: dict[str, Property] = {
    # What the engine can change on a container that runs.
    "restart": STRING.one_of("no", "on-failure", "always", "unless-stopped").by_default("no"),
    "maxRetryCount": INTEGER,
    "memory": COUNT,
    "memoryReservation": COUNT.by_default(0),
    "memorySwap": INTEGER.at_least(-1),
    "cpuSet": STRING.matching(r"\d+([,-]\d+)*", "processors such as 0-2,4"),
    "cpuShares": COUNT,
    "deviceReadBps": THROTTLE,
    "deviceReadIops": THROTTLE,
    "deviceWriteBps": THROTTLE,
    "deviceWriteIops": THROTTLE,
    # What only this plugin looks at, and what the official one does not bother to replace for.
    "attach": BOOLEAN.by_default(False),
    "containerReadRefreshTimeoutMilliseconds": INTEGER.by_default(15000),
    "cpuPeriod": COUNT,
    "cpuQuota": COUNT,
    "destroyGraceSeconds": INTEGER,
    "healthcheck": HEALTHCHECK.decided,
    "init": BOOLEAN.decided,
    "logs": BOOLEAN.by_default(False),
    "mustRun": BOOLEAN.by_default(True),
    "removeVolumes": BOOLEAN.by_default(True),
    "rm": BOOLEAN.by_default(False),
    "start": BOOLEAN.by_default(True),
    "tmpfs": STRINGS,
    "wait": BOOLEAN.by_default(False),
    "waitTimeout": INTEGER.by_default(60),
}

SCHEMA = Schema(
    noun="Container",
    properties={**{key: item.forces for key, item in FIXED.items()}, **CHANGEABLE},
    outputs=("bridge", "containerLogs", "exitCode", "networkDatas"),
    meta=meta(2, timeouts=True),
    always_deletes_first=True,
)
