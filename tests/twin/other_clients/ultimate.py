"""Works on a twin with ultimate-notion as on Notion: ``python ultimate.py BASE_URL TOKEN ROOT_PAGE_ID`` prints "ok".

Run in a process of its own, by an interpreter that has ultimate-notion, which the project does not depend on.
"""

# mypy: ignore-errors
# because ultimate-notion is not installed where types are checked

from __future__ import annotations

import datetime as dt
import io
import sys

import httpx
import ultimate_notion as uno
from notion_client import Client


class Customer(uno.Schema, db_title="Customers"):
    """Related from orders: the other side of a two-way relation."""

    name = uno.PropType.Title("Name")
    email = uno.PropType.Email("E-mail")
    orders = uno.PropType.Relation("Orders")


class Order(uno.Schema, db_title="Orders"):
    """One of most types, and a two-way relation."""

    name = uno.PropType.Title("Name")
    amount = uno.PropType.Number("Amount", format=uno.NumberFormat.EURO)
    stage = uno.PropType.Select("Stage", options=[uno.Option("Open", color=uno.Color.RED), uno.Option("Paid")])
    tags = uno.PropType.MultiSelect("Tags", options=[uno.Option("gift"), uno.Option("rush")])
    due = uno.PropType.Date("Due")
    sent = uno.PropType.Checkbox("Sent")
    customer = uno.PropType.Relation("Customer", schema=Customer, two_way_prop=Customer.orders)
    twice = uno.PropType.Formula("Twice", formula='prop("Amount") * 2')


def main(base_url: str, token: str, root_id: str) -> None:
    client = Client(auth=token, base_url=base_url, notion_version="2026-03-11", retry=False)
    with uno.Session(client=client) as notion:
        root = notion.get_page(root_id)
        assert notion.whoami().is_bot

        customers = notion.create_ds(parent=root, schema=Customer)
        orders = notion.create_ds(parent=root, schema=Order)
        customers.reload()
        assert customers.schema.get_prop("Orders").two_way_prop.name == "Customer"

        ada = customers.create_page(name="Ada", email="ada@example.org")
        made = [
            orders.create_page(
                name=f"Order {n}",
                amount=n * 10,
                stage="Paid" if n % 2 else "Open",
                tags=["gift"],
                due=dt.date(2026, 5, n + 1),
                sent=bool(n % 2),
                customer=[ada],
            )
            for n in range(4)
        ]
        assert made[3].props.twice == 60
        assert len(ada.reload().props["Orders"]) == 4

        paid = orders.query.filter((uno.prop("Stage") == "Paid") & (uno.prop("Amount") > 10)).execute().to_pages()
        assert [page.title for page in paid] == ["Order 3"]
        by_amount = orders.query.sort(uno.prop("Amount").desc()).execute().to_pages()
        assert [page.title for page in by_amount] == ["Order 3", "Order 2", "Order 1", "Order 0"]
        assert len(orders.get_all_pages()) == 4

        made[0].props.amount = 75
        made[0].props.customer = []
        assert made[0].reload().props.twice == 150
        assert len(ada.reload().props["Orders"]) == 3

        orders.schema.amount.name = "Total"
        assert "Total" in [prop.name for prop in orders.reload().schema.get_props()]
        orders.title = "All orders"
        assert notion.get_ds(orders.id, use_cache=False).title == "All orders"

        del orders.schema["Sent"]
        assert "Sent" not in [prop.name for prop in orders.reload().schema.get_props()]

        orders.schema.customer.two_way_prop = None
        assert "Orders" not in [prop.name for prop in customers.reload().schema.get_props()]

        upload = notion.upload(io.BytesIO(b"%PDF-1.7"), file_name="bill.pdf", mime_type="application/pdf")
        made[1].append([uno.PDF(upload)])
        (bill,) = made[1].reload().children
        assert httpx.get(bill.url).content == b"%PDF-1.7"
        bill.delete()

        made[1].append([uno.Heading1("Notes"), uno.Paragraph("as agreed")])
        assert len(made[1].reload().children) == 2
        made[2].delete()
        assert made[2].is_deleted
        assert len(orders.get_all_pages()) == 3
        made[2].restore()
        customers.delete()
        assert customers.is_deleted
    sys.stdout.write("ok\n")


if __name__ == "__main__":
    main(*sys.argv[1:4])
