"""Exports such as people have: other scripts, odd names, empty and huge tables, every way to write a date."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

from tests.twin_export.exports import csv_bytes, hexed, link

Files = Mapping[str, bytes]


def _database(title: str, *rows: list[str], under: str = "", name: str | None = None) -> tuple[str, bytes]:
    return f"{under}{title} {hexed(name or title)}_all.csv", csv_bytes(rows)


def japanese() -> Files:
    return dict(
        [
            _database(
                "タスク管理",
                ["名前", "状態", "期限", "担当", "金額", "完了", "プロジェクト"],
                ["設計", "未着手", "2026年1月5日", "山田 太郎", "¥1,200", "No", link("新製品")],
                ["実装、その一", "進行中", "2026年2月11日 → 2026年2月14日", "", "¥980", "Yes", link("新製品")],
                ["「検証」", "完了", "2026/03/01 9:30", "佐藤", "", "No", ""],
            ),
            _database("プロジェクト", ["名前", "タスク"], ["新製品", f"{link('設計')}, {link('実装、その一')}"]),
        ]
    )


def right_to_left() -> Files:
    return dict(
        [
            _database(
                "المهام\u200f",
                ["الاسم", "الحالة", "التاريخ", "العدد"],
                ["\u202bمهمة أولى\u202c", "جديد", "٥ يناير ٢٠٢٦", "١٢"],
                ["משימה", "בוצע", "5 בינואר 2026", "7"],
            ),
            _database("\u202egnol", ["\u200fName", "\u2066a\u2069"], ["\ufeffx\u200d", "\u200b"]),
        ]
    )


def empty() -> Files:
    return {
        **dict([_database("Header only", ["Name", "Tags", "Due"])]),
        **dict([_database("Blank rows", ["Name", "Tags"], ["", ""], ["", ""])]),
        **dict([_database("No values", ["Name", "Tags", "Date", "N"], ["a", "", "", ""], ["b", "", "", ""])]),
        f"Nothing {hexed('nothing')}.csv": b"",
        f"Mark only {hexed('mark')}.csv": b"\xef\xbb\xbf",
        f"Newlines {hexed('newlines')}.csv": b"\r\n\r\n",
    }


def twice() -> Files:
    return dict(
        [
            _database("Tasks", ["Name", "Owner"], ["a", "x"], ["a", "y"], ["A", "z"], name="one"),
            _database("Tasks", ["Name", "Owner"], ["a", "x"], under="Deep/", name="two"),
            _database("tasks", ["Name", "name", "NAME ", "Owner", "owner"], ["a", "b", "c", "d", "e"], name="three"),
            _database("Tasks 2", ["Name"], ["q"], name="four"),
        ]
    )


def ours() -> Files:
    """Names that mean something to wtstate."""
    titles = ("workspace", "policy", "environments", "databases", "corrections", "rows", "checks", "batch", "drops")
    columns = ["Name", "was", "key", "fields", "title", "archive", "type", "recordId", "databases.x", 'a"b', "a[b]"]
    found = dict(_database(title, columns, ["r", *["v"] * 10]) for title in titles)
    found |= dict([_database("wtstate-archive", ["recordId", "kind", "batch"], ["1", "2", "3"])])
    return found | dict([_database("[archived] Old", ["Name"], ["x"])])


def file_names() -> Files:
    titles = (
        "CON",
        "..",
        ".hidden",
        "a b",
        "100%25 done",
        "A &amp; B",
        "<b>bold<b>",
        "🤖🔥",
        "Ünïcödé",
        "-dash",
        "~",
        "#1",
    )
    return dict(_database(title, ["Name", "%", "&nbsp;", "<i>"], ["x", "50%", "&lt;", "</i>"]) for title in titles)


def long() -> Files:
    columns = ["Name", "Text", "c" * 300, *[f"Column {number}" for number in range(120)]]
    row = ["n" * 3000, "word " * 6000, "x", *[str(number) for number in range(120)]]
    lines = ["b", 'first\r\nsecond "quoted", third\n\n# no heading\n\n', "", *[""] * 120]
    return dict([_database("Long " + "t" * 150, columns, row, lines)])


def parts() -> Files:
    """As Notion splits a large export: an archive of archives."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in japanese().items():
            archive.writestr(f"Private & Shared/{path}", data)
    second = io.BytesIO()
    with zipfile.ZipFile(second, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(*_database("Second part", ["Name"], ["x"]))
    return {"ExportBlock-1-Part-1.zip": inner.getvalue(), "ExportBlock-1-Part-2.zip": second.getvalue()}


def nested() -> Files:
    page = f"Projects/Alpha {hexed('Alpha')}"
    return {
        **dict([_database("Projects", ["Name", "State"], ["Alpha", "on"], ["Beta", "off"])]),
        f"{page}.md": b"# Alpha\n\nState: on\n\nText [Steps](Alpha%20x/Steps.csv)\n",
        **dict([_database("Steps", ["Name", "Done"], ["one", "Yes"], ["two", "No"], under=f"{page}/")]),
        **dict([_database("Steps", ["Name", "Done"], ["deep", "No"], under=f"{page}/Steps/one/", name="deeper")]),
    }


def bare() -> Files:
    """No ids, no ``_all``: files that somebody renamed."""
    return {
        "Tasks.csv": b'Name,Tags\na,"x, y"\nb,x\n',
        "folder/Tasks.csv": b"Name;Tags\na;x\n",
        "semicolon.csv": b"Name;Menge;Preis\nA;1;1.234,50\nB;2;99,90\n",
        "tabs.csv": b"Name\tN\na\t1\n",
        "old mac.csv": b"Name,N\ra,1\rb,2\r",
        "latin.csv": "Name,Größe\nä,ö\n".encode("latin-1"),
        "utf16.csv": "Name,N\na,1\n".encode("utf-16"),
        "nul.csv": b"Name,N\na\x00b,1\x07\n\x1b[31mred,2\n",
        "ragged.csv": b'Name,A,B\n1\n1,2,3,4,5\n"open,2\n',
        "blank names.csv": b",, ,Name\na,b,c,d\n",
        "one column.csv": b"Name\n" + b"x\n" * 3,
    }


_MEASURED = """
Name|Day|Range|Mixed|Euro|Share|Unit|Comma|Big|Flag|Phone|Mail|Web
a|January 5, 2026|January 5, 2026 → January 7, 2026|2026-01-05|€3.50|45%|12 km|1.234,56|1e300|Yes|+4 1|a@b.org|http://b.org
b|January 6, 2026 9:30 AM (GMT+2)|2026/01/05 → 2026/01/07|5. Januar|€1,204.00|100%|3 kg|0,5|-0|No|(030) 9|c@b.org|b.org
c|||05/01/26|-€2|0.5%|n/a|7|9007199254740993||||
d|February 30, 2026|tomorrow|12:30|||||NaN|maybe||nobody|ftp://x
"""


def dates_and_numbers() -> Files:
    return dict([_database("Measured", *(line.split("|") for line in _MEASURED.strip().splitlines()))])


def related() -> Files:
    people = [f"P{number}, the (great)" for number in range(5)]
    several = ", ".join(link(name) for name in people[:3])
    work = [
        ["Name", "Who", "Prior", "Gone"],
        ["T, 1", several, link("T (2)"), link("Deleted")],
        ["T (2)", "", link("T, 1"), ""],
        ["T (2)", several, "", ""],
    ]
    bosses = [[name, link(people[0]), link("T, 1")] for name in people]
    return dict([_database("People", ["Name", "Boss", "Tasks"], *bosses), _database("Work", *work)])


def many() -> Files:
    states = ["Done", "done", "DONE", " Done"]
    rows = [
        [f"Row {number % 700}", f"tag {number % 150}, tag {number % 7}", states[number % 4], str(number)]
        for number in range(1500)
    ]
    return dict([_database("Many", ["Name", "Tags", "State", "Number"], *rows)])


def german() -> Files:
    return dict(
        [
            _database(
                "Aufgaben (Übersicht)",
                ["Titel", "Erledigt", "Fällig am", "Kosten", "Zuständig"],
                ["Straße fegen", "Ja", "5. Januar 2026", "1.234,50 €", "Jürgen Groß"],
                ["Äpfel kaufen", "Nein", "12.01.2026", "3,99 €", ""],
            ),
            _database("Aufgaben (Übersicht)", ["Titel"], ["x"], name="zweite"),
            _database("Łódź — przegląd", ["Nazwa", "Data"], ["Zażółć", "5 stycznia 2026"]),
            _database("Résumé d’équipe", ["Nom", "Terminé"], ["L’été", "Oui"], ["œuf", "Non"]),
        ]
    )


def untitled() -> Files:
    return dict(
        [
            _database("Untitled", ["Name", ""], ["", "x"], ["", "y"], name="u1"),
            _database("Untitled", ["Column", "Column 1", "Column"], ["1", "2", "3"], name="u2"),
            _database("New database", ["Name", "Tags"], ["Untitled", ""]),
        ]
    )


ALL: tuple[Callable[[], Files], ...] = (
    japanese, right_to_left, empty, twice, ours, file_names, long, parts, nested, bare, dates_and_numbers, related,
    many, german, untitled,
)  # fmt: skip
