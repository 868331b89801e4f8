"""Shows an inventory to people: one table of objects, one of stacks, one of directories.

It deliberately leaves nothing out that JSON has, save identifiers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.filesize import decimal
from rich.table import Table

if TYPE_CHECKING:
    from rich.console import Console

    from operations.inventory import Inventory


def show(inventory: Inventory, console: Console) -> None:
    """Print the tables and what could not be looked at."""
    console.print(_objects(inventory))
    console.print(_stacks(inventory))
    console.print(_directories(inventory))
    for problem in inventory.problems:
        console.print(problem, style="yellow", markup=False)


def _objects(inventory: Inventory) -> Table:
    table = Table("environment", "kind", title="Container engine", title_justify="left")
    table.add_column("name", overflow="fold")
    table.add_column("state")
    table.add_column("size", justify="right")
    for item in sorted(inventory.objects, key=lambda item: (item.environment or "", item.kind, item.name)):
        size = "" if item.size_bytes is None else decimal(item.size_bytes)
        table.add_row(item.environment or "(shared)", item.kind, item.name, item.state, size)
    return table


def _stacks(inventory: Inventory) -> Table:
    table = Table("stack", title="Pulumi stacks", title_justify="left")
    table.add_column("resources", justify="right")
    table.add_column("last update")
    for stack in inventory.stacks:
        resources = "" if stack.resources is None else str(stack.resources)
        table.add_row(stack.name, resources, stack.last_update or "never")
    return table


def _directories(inventory: Inventory) -> Table:
    table = Table("purpose", title="Directories", title_justify="left")
    table.add_column("path", overflow="fold")
    table.add_column("size", justify="right")
    for directory in inventory.directories:
        table.add_row(directory.purpose, str(directory.path), decimal(directory.size_bytes))
    return table
