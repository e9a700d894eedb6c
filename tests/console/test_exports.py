"""A table as a file holds what the page shows, opens in Excel, and runs nothing there."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from console.exports import as_csv, as_xlsx
from console.figures import Column, Figure, Link, Share, Table, Unit, duration, shown
from console.words import Words
from desk.messages import Language

T = Words(Language.ZH_HANS, ZoneInfo("Asia/Shanghai"), datetime(2026, 11, 23, 2, tzinfo=UTC))
FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", " =1+1", "\t=1", "＝1+1", "|calc", "%0A=1", "\u3000＠x", "\n=1"]


def figure(title: str = "首次响应", rows: tuple = (("微信", 1234),)) -> Figure:
    return Figure("first", title, Table((Column("渠道"), Column("会话", Unit.COUNT)), rows))


def lines(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_excel_sees_that_the_csv_is_utf_8() -> None:
    content = as_csv(figure(), T)
    assert content.startswith(b"\xef\xbb\xbf")
    assert lines(content) == [["渠道", "会话"], ["微信", "1234"]]


@pytest.mark.parametrize("attack", FORMULAS)
def test_what_a_customer_wrote_is_no_formula_in_a_csv(attack: str) -> None:
    content = as_csv(figure(rows=((attack, 1),)), T)
    assert lines(content)[1][0] == f"'{attack}"


@pytest.mark.parametrize("attack", [*FORMULAS, "http://evil.example/", "x" * 40_000, "bell\x07 and \ufffe"])
def test_what_a_customer_wrote_is_plain_text_in_a_workbook(attack: str) -> None:
    content = as_xlsx([figure(rows=((attack, 1),))], T)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet and "hyperlink" not in sheet
    cell = openpyxl.load_workbook(io.BytesIO(content)).active.cell(2, 1)
    assert cell.data_type == "s" and cell.value.strip()


def test_a_negative_number_stays_a_number() -> None:
    table = Table((Column("NPS", Unit.NUMBER),), ((-12.5,),))
    content = as_csv(Figure("nps", "NPS", table), T)
    assert lines(content)[1] == ["-12.5"]


def test_page_csv_and_workbook_say_the_same() -> None:
    columns = (Column("何时", Unit.MOMENT), Column("日", Unit.DAY), Column("占比", Unit.SHARE),
               Column("时长", Unit.DURATION), Column("均分", Unit.SCORE), Column("值", Unit.TEXT), Column("工单"))
    moment = datetime(2026, 11, 22, 20, 5, tzinfo=UTC)  # the 23rd in Shanghai
    row = (moment, date(2026, 11, 23), 0.4251, 90061, 4.256, Share(0.5, Unit.SHARE), Link("T-1001", "/console/x"))
    table = Table(columns, (row, (None,) * 7))
    found = Figure("all", "全部", table)
    assert [shown(cell, column.unit, T) for cell, column in zip(row, columns, strict=True)] == [
        "今天 04:05", "2026-11-23", "42.5%", "1 天 1 小时", "4.26", "50.0%", "T-1001",
    ]
    assert lines(as_csv(found, T))[1:] == [
        ["2026-11-23 04:05", "2026-11-23", "42.5%", "25:01:01", "4.26", "50.0%", "T-1001"], [""] * 7,
    ]
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx([found], T))).active
    values = [cell.value for cell in sheet[2]]
    assert [f"{value:%d %H:%M}" for value in values[:2]] == ["23 04:05", "23 00:00"]
    assert values[2] == 0.4251 and sheet.cell(2, 3).number_format == "0.0%"
    assert sheet.cell(2, 4).value.total_seconds() == 90061
    assert values[4:] == [4.256, 0.5, "T-1001"]
    assert [cell.value for cell in sheet[3]] == [None] * 7


def test_every_table_gets_a_sheet_whatever_its_title() -> None:
    content = as_xlsx([figure("A/B: [x]*?"), figure("很" * 40), figure("很" * 40), figure("")], T)
    assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames == ["A B   x", "很" * 31, f"{'很' * 27} 2", "-"]


@pytest.mark.parametrize(("seconds", "says"), [
    (0, "0 秒"), (59.4, "59 秒"), (60, "1 分钟"), (200, "3 分钟 20 秒"), (3600, "1 小时"), (3661, "1 小时 1 分钟"),
    (86400, "1 天"), (86460, "1 天"), (187200, "2 天 4 小时"),
])
def test_durations_are_said_in_their_two_largest_units(seconds: float, says: str) -> None:
    assert duration(seconds, T) == says
