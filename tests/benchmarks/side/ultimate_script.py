"""The schema and rows of `ultimate` by ultimate-notion: ``python ultimate_script.py BASE_URL TOKEN PAGE first|second``.

Written as one would with that library alone; the second run looks what is there and makes what is not. Prints what it
took as JSON. Run in a process of its own, by an interpreter that has ultimate-notion.
"""

# mypy: ignore-errors
# because ultimate-notion is not installed where types are checked

from __future__ import annotations

import json
import sys
import time

import httpx
import ultimate_notion as uno
from notion_client import Client

STATUSES = ["Not Started", "In Progress", "Complete"]


class Project(uno.Schema, db_title="Projects"):
    name = uno.PropType.Title("Name")
    key = uno.PropType.Text("Key")
    status = uno.PropType.Select("Status", options=[uno.Option(name) for name in STATUSES])
    phases = uno.PropType.Relation("Phases")


class Phase(uno.Schema, db_title="Phases"):
    name = uno.PropType.Title("Name")
    key = uno.PropType.Text("Key")
    status = uno.PropType.Select("Status", options=[uno.Option(name) for name in STATUSES])
    goals = uno.PropType.Text("Goals")
    project = uno.PropType.Relation("Project", schema=Project, two_way_prop=Project.phases)


def main(base_url: str, token: str, root_id: str, projects: int, phases: int) -> None:
    answered: list[int] = []
    http = httpx.Client(event_hooks={"response": [lambda response: answered.append(response.status_code)]})
    client = Client(client=http, auth=token, base_url=base_url, notion_version="2026-03-11")
    began = time.monotonic()
    with uno.Session(client=client) as notion:
        root = notion.get_page(root_id)
        sources = {}
        for schema in (Project, Phase):
            found = [ds for ds in notion.search_ds(schema._db_title) if ds.title == schema._db_title]
            sources[schema] = found[0] if found else notion.create_ds(parent=root, schema=schema)
        there = {page.title for page in sources[Project].get_all_pages()}
        for n in range(projects):
            if f"Project {n}" not in there:
                sources[Project].create_page(name=f"Project {n}", key=f"P-{n}", status=STATUSES[n % 3])
        known = {page.title for page in sources[Phase].get_all_pages()}
        for n in range(phases):
            if f"Phase {n}" not in known:
                sources[Phase].create_page(
                    name=f"Phase {n}",
                    key=f"F-{n}",
                    status=STATUSES[n % 3],
                    goals=f"What phase {n} is for",
                )
    refused = answered.count(429)
    sys.stdout.write(json.dumps([len(answered) - refused, refused, time.monotonic() - began]) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(int, sys.argv[4:6]))
