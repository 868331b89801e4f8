"""The page as Markdown, as GitHub shows it in a comment: short at the top, long parts folded away.

It deliberately escapes whatever comes from outside: a value must not become markup, nor end a fence.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final

from operations.preview.cost import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from operations.preview.cost.estimate import CostEstimate
    from operations.preview.finding import Finding
    from operations.preview.page import Change, HostRun, LayerChanges, Page

LONGEST: Final = 60_000
"""Characters; GitHub refuses a comment of more than 65,536."""
SIGNS: Final = {"create": "+", "update": "~", "replace": "±", "delete": "-"}
SPECIAL = re.compile(r"([\\`*_{}\[\]|~@!$])")
MARKS = re.compile(r"[`*_\[\]|~]")
PROPERTIES_SHOWN: Final = 12
OPEN_UP_TO: Final = 10
"""Changes of a layer that are shown without a click."""


def to_markdown(page: Page, *, longest: int = LONGEST) -> str:
    """Return the page; what is too long is cut at the end of a line, and says so."""
    text = "\n".join(_lines(page)).rstrip() + "\n"
    if len(text) <= longest:
        return text
    note = "\n</details>\n\n**The page is cut here.** All of it: `slipway preview --format html`.\n"
    kept = text[: longest - len(note) - 10].rpartition("\n")[0]
    # A cut inside a fence would swallow the note.
    fence = "\n```" if len(re.findall(r"^`{3,}", kept, re.MULTILINE)) % 2 else ""
    return kept + fence + note


def headline(page: Page) -> str:
    """Return the page in one line."""
    counts = [f"{page.counts[action]} to {action}" for action in SIGNS if page.counts.get(action)]
    if not page.complete:
        return "the preview failed"
    return ", ".join(counts) or "no changes"


def _lines(page: Page) -> Iterator[str]:
    yield f"## Preview of `{page.environment}`: {headline(page)}"
    yield ""
    if not page.complete:
        yield "The preview did not come to its end: what follows may lack resources, and deletions are not known."
        yield ""
    yield from _risks(page)
    yield from _findings("Known before", page.foresight)
    yield from _policies(page)
    yield from _messages(page)
    if page.cost:
        yield from _cost(page.cost)
    for layer in page.layers:
        yield from _layer(layer)
    yield from _hosts(page.alike)
    if page.not_foreseen:
        yield from ("### Not looked at", "", *(f"- {escape(each)}" for each in page.not_foreseen), "")
    same = page.counts.get("same", 0)
    yield f"{same} resources stay as they are. Exit code {page.exit_code}, {page.seconds:.0f} s."


def _risks(page: Page) -> Iterator[str]:
    if not page.risks:
        return
    yield from ("### Machines and data at risk", "", "| | what | is lost | because of |", "|---|---|---|---|")
    for risk in page.risks:
        otherwise = "no longer declared" if risk.action == "delete" else "asked for"
        because = ", ".join(f"`{each}`" for each in risk.because) or otherwise
        what = f"{risk.kind} **{escape(risk.name)}**"
        yield f"| {SIGNS[risk.action]} {risk.action} | {what} | {escape(risk.loses)} | {because} |"
    yield ""


def _findings(title: str, findings: Sequence[Finding]) -> Iterator[str]:
    if not findings:
        return
    yield from (f"### {title}", "", "| | about | what | what to do |", "|---|---|---|---|")
    for each in findings:
        cells = (f"**{each.severity}** {each.check}", *map(escape, (each.about, each.text, each.advice)))
        yield f"| {' | '.join(cells)} |"
    yield ""


def _policies(page: Page) -> Iterator[str]:
    if not page.policies:
        return
    yield from ("### Policies", "", "| | rule | what | why |", "|---|---|---|---|")
    for each in page.policies:
        yield f"| **{each.severity}** | `{each.rule}` | {escape(each.text)} | {escape(each.why)} |"
    yield ""


def _messages(page: Page) -> Iterator[str]:
    for each in page.messages:
        about = f" ({escape(each.resource)})" if each.resource else ""
        yield from (f"**{each.severity}**{about}", "", *fenced(each.text), "")


def _cost(cost: CostEstimate) -> Iterator[str]:
    yield from (f"### {escape(words.title(cost))}", "")
    yield from (f"| {' | '.join(words.HEADS)} |", "|---|---:|---:|---:|")
    for row in words.rows(cost):
        yield f"| {' | '.join(map(escape, row))} |"
    yield from ("", *(f"- {escape(note)}" for note in words.notes(cost)), "")


def _layer(layer: LayerChanges) -> Iterator[str]:
    counts = {action: sum(1 for each in layer.changes if each.action == action) for action in SIGNS}
    told = ", ".join(f"{count} to {action}" for action, count in counts.items() if count)
    is_open = " open" if len(layer.changes) <= OPEN_UP_TO else ""
    yield from (f"<details{is_open}><summary><b>{layer.layer}</b>: {told}</summary>", "")
    yield from fenced("\n".join(line for change in layer.changes for line in _change(change)), "diff")
    yield from ("", "</details>", "")


def _change(change: Change) -> Iterator[str]:
    # A diff colours by the first character; ± would stay plain, so what is replaced is marked as what goes away.
    sign = {"replace": "-", "update": "!"}.get(change.action, SIGNS[change.action])
    yield f"{sign} {change.action} {change.type.rpartition(':')[2]} {change.name}"
    for each in change.properties[:PROPERTIES_SHOWN]:
        forces = "  (replaces)" if each.replaces else ""
        yield f"      {each.path}: {each.before} -> {each.after}{forces}"
    if len(change.properties) > PROPERTIES_SHOWN:
        yield f"      and {len(change.properties) - PROPERTIES_SHOWN} more properties"


def _hosts(groups: Sequence[tuple[str, HostRun]]) -> Iterator[str]:
    if groups:
        yield from ("### Hosts", "")
    for names, run in groups:
        if not run.changes and not run.reason:
            yield from (f"{escape(run.playbook)} would change nothing on {escape(names)}.", "")
            continue
        title = f"<b>{_in_html(names)}</b>, {_in_html(run.playbook)}: {_summary(run)}"
        yield from (f"<details><summary>{title}</summary>", "")
        if run.reason:
            yield from (f"No complete check run: {escape(run.reason)}", "")
        for change in run.changes:
            yield from (f"**{escape(change.task)}** {escape(change.subject)}", "")
            if change.diff:
                yield from (*fenced(change.diff, "diff"), "")
        yield from ("</details>", "")


def _summary(run: HostRun) -> str:
    tasks = f"{len(run.changes)} task{'s' if len(run.changes) != 1 else ''} would change something"
    return tasks if run.changes else "no check run"


def fenced(text: str, language: str = "") -> Iterable[str]:
    """Return lines of a code block whose fence is longer than any inside."""
    longest = max((len(found) for found in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *text.splitlines(), fence]


def _in_html(text: str) -> str:
    """Return a text on one line for a place where Markdown has HTML, in which it still looks for its own signs."""
    plain = html.escape(" ".join(text.split()))
    return MARKS.sub(lambda found: f"&#{ord(found[0])};", plain)


def escape(text: str) -> str:
    """Return a text on one line that Markdown shows as it is."""
    return SPECIAL.sub(r"\\\1", html.escape(" ".join(text.split()), quote=False))
