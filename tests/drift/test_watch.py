"""The drift watch in a real cluster: it finds what was injected and nothing before, and may write nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.drift.corpus_world import ADMIN
from tests.drift.test_corpus import tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.drift.corpus_world import CorpusWorld

pytestmark = [pytest.mark.timeout(1200)]
NAMESPACE = ("-n", "slipway-drift")
ACCOUNT = "system:serviceaccount:slipway-drift:drift"
CANARY = "canary-of-the-watch"
INJECT = f"""
k alice -n catalogue scale deployment/frontend --replicas=3
k bob -n catalogue create configmap stranger --from-literal=a=1
k bob -n catalogue create secret generic unseen --from-literal=password={CANARY}
k alice label node general-0 corpus=watched
"""
UNDO = """
k alice -n catalogue delete secret/unseen
"""


@pytest.fixture(scope="module")
def watched(world: CorpusWorld) -> CorpusWorld:
    if world.kubectl(ADMIN, *NAMESPACE, "get", "cronjob/drift").returncode != 0:
        pytest.skip(f"{world.name} has no drift watch (slipway:drift)")
    return world


@pytest.fixture
def injected(watched: CorpusWorld) -> Iterator[None]:
    watched.shell(INJECT)
    yield
    watched.shell(UNDO)
    done = watched.slipway("drift", watched.name, "--revert", "--delete-unrecorded", "--yes", "--json")
    assert done.returncode == 0, done.stdout


def test_it_finds_nothing_where_nothing_was_injected(watched: CorpusWorld) -> None:
    report, message = _run(watched, "before")

    assert (report["findings"], report["unchecked"], report["layers"]) == ([], [], ["kubernetes"])
    assert message.startswith("no drift since ")


@pytest.mark.usefixtures("injected")
def test_it_finds_what_was_injected_once_as_new_and_its_job_has_not_failed(watched: CorpusWorld) -> None:
    first, message = _run(watched, "first")
    second, _ = _run(watched, "second")

    found = {(one["resource"], one["property"], one["author"]["name"]) for one in first["findings"]}
    assert found == {
        ("catalogue/frontend", "spec.replicas", "somebody with kubectl"),
        ("catalogue/stranger", "object", "somebody with kubectl-create"),
        ("general-0", "label corpus", "somebody with kubectl-label"),
    }
    assert message.startswith("drift: 3 differences, 3 of them new since ")
    assert (len(first["new"]), second["new"], second["findings"]) == (3, [], first["findings"])
    assert CANARY not in json.dumps([first, second])


def test_what_was_put_back_is_found_no_more(watched: CorpusWorld) -> None:
    assert _run(watched, "after")[0]["findings"] == []


@pytest.mark.parametrize(
    "question",
    [
        ("create", "configmaps"), ("delete", "pods"), ("patch", "deployments.apps"), ("update", "nodes"),
        ("create", "jobs.batch"), ("list", "secrets"), ("get", "secrets"), ("watch", "configmaps"),
        ("create", "serviceaccounts/token"), ("create", "pods/exec"), ("impersonate", "users"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_its_account_may_not(watched: CorpusWorld, question: tuple[str, str]) -> None:
    for place in (("--all-namespaces",), NAMESPACE):
        answer = watched.kubectl(ADMIN, "auth", "can-i", *question, f"--as={ACCOUNT}", *place)
        assert answer.stdout.strip() == "no", (question, place)


def test_a_write_with_its_own_token_is_refused(watched: CorpusWorld) -> None:
    token = watched.kubectl(ADMIN, *NAMESPACE, "create", "token", "drift").stdout.strip()
    cluster = yaml.safe_load(watched.outputs["kubeconfig"])["clusters"][0]["cluster"]
    # Without the administrator's certificate, which kubectl would show beside the token.
    document = watched.work / "drift.kubeconfig"
    document.touch(mode=0o600)
    document.write_text(_kubeconfig(cluster, token))

    listed = watched.kubectl("drift", "get", "configmaps", "-A", "-o", "name")
    refused = watched.kubectl("drift", *NAMESPACE, "create", "configmap", "mine")

    assert "configmap/" in listed.stdout
    assert f'User "{ACCOUNT}" cannot create resource "configmaps"' in refused.stderr


def _run(world: CorpusWorld, name: str) -> tuple[dict[str, Any], str]:
    """Make a Job from the CronJob, wait for its end, and return the report and the message of its pod."""
    job = f"drift-{name}"
    made = world.kubectl(ADMIN, *NAMESPACE, "create", "job", job, "--from=cronjob/drift")
    assert made.returncode == 0, made.stderr
    waited = world.kubectl(ADMIN, *NAMESPACE, "wait", f"job/{job}", "--for=condition=Complete", "--timeout=240s")
    log = world.kubectl(ADMIN, *NAMESPACE, "logs", f"job/{job}").stdout
    assert waited.returncode == 0, f"{waited.stderr}{log}"
    pods = world.kubectl(ADMIN, *NAMESPACE, "get", "pods", "-l", f"job-name={job}", "-o", "json").stdout
    (state,) = [one["state"]["terminated"] for one in json.loads(pods)["items"][-1]["status"]["containerStatuses"]]
    report: dict[str, Any] = json.loads(log)  # nothing else may be in it
    tell(f"watch: {report['seconds']} s, {report['objects']} objects: {state['message']}")
    return report, state["message"]


def _kubeconfig(cluster: dict[str, str], token: str) -> str:
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "x", "cluster": cluster}],
            "users": [{"name": "x", "user": {"token": token}}],
            "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
            "current-context": "x",
        }
    )
