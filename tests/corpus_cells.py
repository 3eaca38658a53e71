"""Odd cells of one column and what becomes of them; odd targets."""

from __future__ import annotations

import datetime

from tests.corpus import Case, Cells

T = datetime.datetime

CELLS: dict[str, Cells] = {
    # numbers
    "numbers beyond float64 are infinite": Cells(
        ["1e400", "1", "2", "-1e400", "3", "4"],
        kind="number",
        values=[None, 1.0, 2.0, None, 3.0, 4.0],
        said=["ingest: column 'x': 2 values are infinite and count as missing; mend the source to change it"],
    ),
    "whole numbers beyond 64 bits": Cells(
        ["99999999999999999999", "1", "18446744073709551616", "2"],
        kind="number",
        values=[1e20, 1.0, 1.8446744073709552e19, 2.0],
        said=[],
    ),
    "numbers too small for float64": Cells(
        ["1e-400", "1", "2", "3"], kind="number", values=[0.0, 1.0, 2.0, 3.0], said=[]
    ),
    "hexadecimal numbers": Cells(
        ["0x1F", "0x2A", "0x03", "0x1F"], kind="category", values=["0x1F", "0x2A", "0x03", "0x1F"], said=[]
    ),
    "underscores in numbers": Cells(
        ["1_000", "2_000", "3_000", "1_000"], kind="category", values=["1_000", "2_000", "3_000", "1_000"], said=[]
    ),
    "leading zeros": Cells(["007", "042", "007", "010"], kind="category", values=["007", "042", "007", "010"], said=[]),
    "leading zeros where params.yaml says number": Cells(
        ["007", "042", "007", "010"],
        {"ingest.columns": {"x": "number"}},
        kind="number",
        values=[7.0, 42.0, 7.0, 10.0],
        said=[],
    ),
    "a plus sign": Cells(["+1", "+2", "-3", "4"], kind="number", values=[1.0, 2.0, -3.0, 4.0], said=[]),
    "digits of other scripts": Cells(["٣", "٤", "٣", "٥"], kind="category", values=["٣", "٤", "٣", "٥"], said=[]),
    "full-width digits": Cells(["１", "２", "１", "３"], kind="category", values=["１", "２", "１", "３"], said=[]),
    "fractions": Cells(["½", "¼", "½", "¾"], kind="category", values=["½", "¼", "½", "¾"], said=[]),
    "percent": Cells(
        ["12%", "7.5%", "100%", "0%"],
        kind="number",
        values=[12.0, 7.5, 100.0, 0.0],
        said=[
            "ingest: column 'x': 4 texts as '12%' are numbers with '%' behind them; read as numbers; "
            "ingest.columns can keep the texts, as 'x': category"
        ],
    ),
    "percent in part of the cells": Cells(
        ["12%", "0.5", "7%", "0.25"], kind="category", values=["12%", "0.5", "7%", "0.25"], said=[]
    ),
    "two currencies": Cells(["$3", "€4", "$5", "€6"], kind="category", values=["$3", "€4", "$5", "€6"], said=[]),
    "one currency, behind or before": Cells(
        ["3 €", "€ 4", "5 €", "6 €"], kind="category", values=["3 €", "€ 4", "5 €", "6 €"], said=[]
    ),
    "thousands with an apostrophe": Cells(
        ["1'000", "2'500", "1'000'000", "900"],
        kind="number",
        values=[1000.0, 2500.0, 1000000.0, 900.0],
        said=[
            "ingest: column 'x': 4 texts as \"1'000\" are numbers with thousands separators; read as numbers; "
            "ingest.columns can keep the texts, as 'x': category"
        ],
    ),
    "thousands with a narrow blank": Cells(
        ["1\u202f000", "2\u202f500", "900", "1\u202f000"],
        kind="number",
        values=[1000.0, 2500.0, 900.0, 1000.0],
        said=[
            "ingest: column 'x': 4 texts as '1\\u202f000' are numbers with thousands separators; read as "
            "numbers; ingest.columns can keep the texts, as 'x': category"
        ],
    ),
    "a minus of typographers": Cells(
        ["−1", "−2", "3", "4"],
        kind="number",
        values=[-1.0, -2.0, 3.0, 4.0],
        said=[
            "ingest: column 'x': 4 texts as '−1' are numbers with '−' for a minus; read as numbers; "
            "ingest.columns can keep the texts, as 'x': category"
        ],
    ),
    "numbers with an unequal parenthesis": Cells(
        ["(5", "6", "7)", "8"], kind="category", values=["(5", "6", "7)", "8"], said=[]
    ),
    "two units": Cells(
        ["5 kg", "6 lb", "7 kg", "8 lb"], kind="category", values=["5 kg", "6 lb", "7 kg", "8 lb"], said=[]
    ),
    "numbers and words half and half": Cells(
        ["1", "two", "3", "four"], kind="category", values=["1", "two", "3", "four"], said=[]
    ),
    "decimal commas in quotes": Cells(
        ["1,5", "2,5", "3,5", "4,5"], kind="category", values=["1,5", "2,5", "3,5", "4,5"], said=[]
    ),
    "decimal commas by knob": Cells(
        ["1,5", "2,5", "3,5", "4,5"], {"ingest.csv.decimal": ","}, kind="number", values=[1.5, 2.5, 3.5, 4.5], said=[]
    ),
    "infinities in words": Cells(
        ["inf", "-inf", "1", "2", "Infinity", "3"],
        kind="number",
        values=[None, None, 1.0, 2.0, None, 3.0],
        said=["ingest: column 'x': 3 values are infinite and count as missing; mend the source to change it"],
    ),
    "NaN in words": Cells(
        ["NaN", "nan", "1", "2", "3", "4"],
        kind="number",
        values=[None, None, 1.0, 2.0, 3.0, 4.0],
        said=[
            "ingest: column 'x': 'NaN' (once), 'nan' (once) among numbers counts as missing; "
            "ingest.missing.values can say otherwise, as 'x': []"
        ],
    ),
    "spreadsheet errors": Cells(
        ["#N/A", "#DIV/0!", "1", "2", "3", "4"],
        kind="category",
        values=[None, "#DIV/0!", "1", "2", "3", "4"],
        said=[
            "ingest: column 'x': '#N/A' (once) counts as missing; ingest.missing.values can say otherwise, as 'x': []"
        ],
    ),
    "spreadsheet formulas": Cells(
        ["=A1", "=SUM(A:A)", "=A1", "=B2"], kind="category", values=["=A1", "=SUM(A:A)", "=A1", "=B2"], said=[]
    ),
    "-999 too few times to stand for missing": Cells(
        ["-999", "1", "2", "3", "4", "5"], kind="number", values=[-999.0, 1.0, 2.0, 3.0, 4.0, 5.0], said=[]
    ),
    "-999 among few values": Cells(
        ["-999", "1", "-999", "3", "-999", "5", "2", "4", "1", "3"],
        kind="number",
        values=[None, 1.0, None, 3.0, None, 5.0, 2.0, 4.0, 1.0, 3.0],
        said=[
            "ingest: column 'x': '-999' (3 times) among numbers counts as missing; ingest.missing.values "
            "can say otherwise, as 'x': []"
        ],
    ),
    "one huge number": Cells(
        ["1", "2", "1e300", "3", "2", "1"], kind="number", values=[1.0, 2.0, 1e300, 3.0, 2.0, 1.0], said=[]
    ),
    "denormal numbers": Cells(
        ["5e-324", "0", "1e-320", "0"], kind="number", values=[5e-324, 0.0, 1e-320, 0.0], said=[]
    ),
    "negative zero": Cells(["-0", "0", "-0.0", "1"], kind="number", values=[-0.0, 0.0, -0.0, 1.0], said=[]),
    # dates
    "days that no calendar has": Cells(
        ["2023-02-29", "2023-02-28", "2023-04-31", "2023-03-01"],
        kind="category",
        values=["2023-02-29", "2023-02-28", "2023-04-31", "2023-03-01"],
        said=[],
    ),
    "hours beyond 24": Cells(
        ["2024-01-01 25:00", "2024-01-02 23:00", "2024-01-03 24:00", "2024-01-04 01:00"],
        kind="category",
        values=["2024-01-01 25:00", "2024-01-02 23:00", "2024-01-03 24:00", "2024-01-04 01:00"],
        said=[],
    ),
    "years beyond four digits": Cells(
        ["10000-01-01", "9999-12-31", "2000-01-01", "2000-01-02"],
        kind="category",
        values=["10000-01-01", "9999-12-31", "2000-01-01", "2000-01-02"],
        said=[],
    ),
    "the year zero": Cells(
        ["0000-01-01", "0001-01-01", "2000-01-01", "1999-12-31"],
        kind="category",
        values=["0000-01-01", "0001-01-01", "2000-01-01", "1999-12-31"],
        said=[],
    ),
    "two-digit years": Cells(
        ["31/12/99", "01/01/68", "15/06/00", "31/12/69"],
        kind="datetime",
        values=[T(1999, 12, 31, 0, 0), T(2068, 1, 1, 0, 0), T(2000, 6, 15, 0, 0), T(2069, 12, 31, 0, 0)],
        said=[
            "ingest: column 'x': 4 texts as '31/12/99' are dates as %d/%m/%y; read as dates; ingest.formats "
            "can name one, as 'x': '%m/%d/%Y'"
        ],
    ),
    "English month names": Cells(
        ["Jan 5, 2020", "Feb 29, 2020", "Mar 1, 2020", "Dec 31, 2019"],
        kind="datetime",
        values=[T(2020, 1, 5, 0, 0), T(2020, 2, 29, 0, 0), T(2020, 3, 1, 0, 0), T(2019, 12, 31, 0, 0)],
        said=[
            "ingest: column 'x': 4 texts as 'Jan 5, 2020' are dates as %B %d, %Y; read as dates; "
            "ingest.formats can name one, as 'x': '%m/%d/%Y'"
        ],
    ),
    "French month names": Cells(
        ["5 janvier 2020", "6 février 2020", "7 mars 2020", "8 avril 2020"],
        kind="category",
        values=["5 janvier 2020", "6 février 2020", "7 mars 2020", "8 avril 2020"],
        said=[],
    ),
    "dates without separators": Cells(
        ["20240131", "20240228", "20231231", "20240131"],
        kind="number",
        values=[20240131.0, 20240228.0, 20231231.0, 20240131.0],
        said=[],
    ),
    "dates without separators by format": Cells(
        ["20240131", "20240228", "20231231", "20240131"],
        {"ingest.formats": {"x": "%Y%m%d"}},
        kind="datetime",
        values=[T(2024, 1, 31, 0, 0), T(2024, 2, 28, 0, 0), T(2023, 12, 31, 0, 0), T(2024, 1, 31, 0, 0)],
        said=[],
    ),
    "seconds since 1970": Cells(
        ["1700000000", "1700086400", "1700172800", "1700000000"],
        kind="number",
        values=[1700000000.0, 1700086400.0, 1700172800.0, 1700000000.0],
        said=[],
    ),
    "times of day": Cells(
        ["12:30", "23:59", "00:00", "12:30"], kind="category", values=["12:30", "23:59", "00:00", "12:30"], said=[]
    ),
    "times with zones": Cells(
        ["2024-01-01T00:00:00+02:00", "2024-01-01T00:00:00Z", "2024-06-01T12:00:00-05:00", "2024-01-02T00:00:00Z"],
        kind="datetime",
        values=[T(2023, 12, 31, 22, 0), T(2024, 1, 1, 0, 0), T(2024, 6, 1, 17, 0), T(2024, 1, 2, 0, 0)],
        said=[],
    ),
    "weeks": Cells(
        ["2024-W05", "2024-W06", "2024-W05", "2024-W07"],
        kind="category",
        values=["2024-W05", "2024-W06", "2024-W05", "2024-W07"],
        said=[],
    ),
    "months": Cells(
        ["2024-01", "2024-02", "2024-01", "2023-12"],
        kind="category",
        values=["2024-01", "2024-02", "2024-01", "2023-12"],
        said=[],
    ),
    "quarters": Cells(
        ["2024Q1", "2024Q2", "2024Q1", "2023Q4"],
        kind="category",
        values=["2024Q1", "2024Q2", "2024Q1", "2023Q4"],
        said=[],
    ),
    "dates with a missing one as 0000-00-00": Cells(
        ["0000-00-00", "2024-01-02", "2024-01-03", "2024-01-04"],
        kind="category",
        values=["0000-00-00", "2024-01-02", "2024-01-03", "2024-01-04"],
        said=[],
    ),
    "a format that fits some": Cells(
        ["01.02.2020", "2020-02-01", "03.04.2020", "x"],
        {"ingest.formats": {"x": "%d.%m.%Y"}},
        kind="datetime",
        values=[T(2020, 2, 1, 0, 0), T(2020, 2, 1, 0, 0), T(2020, 4, 3, 0, 0), None],
        said=[
            "ingest: table.csv: line 1 is taken for the header, though 'x' stands below too; name the "
            "columns in ingest.csv.names if it is data",
            "ingest: column 'x': 1 value is no datetime and counts as missing, the first is 'x'; another "
            "type can be named in ingest.columns",
        ],
    ),
    "a format for numbers": Cells(
        ["1", "2", "3", "4"],
        {"ingest.formats": {"x": "%d.%m.%Y"}},
        kind="",
        values=[],
        said=[
            "params.yaml: ingest.formats.x: is '%d.%m.%Y', which reads none of 4 texts, the first is '1'; "
            "'%d/%m/%Y' would read 29/02/2024"
        ],
    ),
    # booleans
    "yes and no": Cells(
        ["yes", "no", "yes", "no", "no"], kind="boolean", values=[True, False, True, False, False], said=[]
    ),
    "yes and no in German": Cells(
        ["ja", "nein", "ja", "nein", "nein"], kind="boolean", values=[True, False, True, False, False], said=[]
    ),
    "yes and no in French": Cells(
        ["oui", "non", "oui", "non", "non"], kind="boolean", values=[True, False, True, False, False], said=[]
    ),
    "T and F": Cells(["T", "F", "T", "F", "F"], kind="boolean", values=[True, False, True, False, False], said=[]),
    "Y, N and an empty cell": Cells(
        ["Y", "N", "", "N", "Y"], kind="boolean", values=[True, False, None, False, True], said=[]
    ),
    "yes, no and maybe": Cells(
        ["yes", "no", "maybe", "no", "yes", "maybe"],
        kind="category",
        values=["yes", "no", "maybe", "no", "yes", "maybe"],
        said=[],
    ),
    "TRUE in one case and false in another": Cells(
        ["TRUE", "false", "True", "FALSE", "true"], kind="boolean", values=[True, False, True, False, True], said=[]
    ),
    "0 and 1": Cells(["0", "1", "1", "0", "1"], kind="boolean", values=[False, True, True, False, True], said=[]),
    "on and off with blanks around": Cells(
        [" on ", "off", "on", " off", "on"], kind="boolean", values=[True, False, True, False, True], said=[]
    ),
    "one word of a pair": Cells(
        ["yes", "", "yes", "", "yes"], kind="category", values=["yes", None, "yes", None, "yes"], said=[]
    ),
    "a named boolean of other words": Cells(
        ["a", "b", "a", "b"],
        {"ingest.columns": {"x": "boolean"}},
        kind="boolean",
        values=[None, None, None, None],
        said=[
            "ingest: column 'x': 4 values are no boolean and count as missing, the first is 'a'; another "
            "type can be named in ingest.columns"
        ],
    ),
    # texts
    "emoji": Cells(
        ["😀", "🎉", "😀", "👨‍👩‍👧"], kind="category", values=["😀", "🎉", "😀", "👨\u200d👩\u200d👧"], said=[]
    ),
    "right-to-left text": Cells(
        ["שלום", "مرحبا", "שלום", "مرحبا"], kind="category", values=["שלום", "مرحبا", "שלום", "مرحبا"], said=[]
    ),
    "letters that look alike in two encodings of Unicode": Cells(
        ["é", "e\u0301", "é", "e\u0301"], kind="category", values=["é", "é", "é", "é"], said=[]
    ),
    "words that differ in case and dots": Cells(
        ["Red", "red", "red.", "blue", "Red", "red"],
        kind="category",
        values=["Red", "red", "red.", "blue", "Red", "red"],
        said=["ingest: column 'x': 'Red' and 'red' and 'red.' look alike; kept apart; mend the source to join them"],
    ),
    "blanks that no one sees": Cells(
        ["a", "a\u200b", "b", "b"], kind="category", values=["a", "a\u200b", "b", "b"], said=[]
    ),
    "no-break blanks around": Cells(
        ["\u00a0a", "a", "b\u00a0", "b"], kind="category", values=["a", "a", "b", "b"], said=[]
    ),
    "HTML": Cells(
        ["<b>1</b>", "<b>2</b>", "<b>1</b>", "<b>2</b>"],
        kind="category",
        values=["<b>1</b>", "<b>2</b>", "<b>1</b>", "<b>2</b>"],
        said=[],
    ),
    "JSON in cells": Cells(
        ['{"a": 1}', '{"a": 2}', '{"a": 1}', "[]"],
        kind="category",
        values=['{"a": 1}', '{"a": 2}', '{"a": 1}', "[]"],
        said=[],
    ),
    "backslashes": Cells(
        ["C:\\new", "C:\\table", "C:\\new", "\\"],
        kind="category",
        values=["C:\\new", "C:\\table", "C:\\new", "\\"],
        said=[],
    ),
    "a bell and other control characters": Cells(
        ["a\x07", "b\x1b[31m", "a\x07", "b"], kind="category", values=["a\x07", "b\x1b[31m", "a\x07", "b"], said=[]
    ),
    # missing
    "all missing": Cells(
        ["", "", "", ""],
        kind="dropped",
        values=[],
        said=[
            "ingest: column 'x': is missing in every row; dropped; a type in ingest.columns keeps it, as 'x': category"
        ],
    ),
    "all missing, and the type is named": Cells(
        ["", "", "", ""], {"ingest.columns": {"x": "number"}}, kind="number", values=[None, None, None, None], said=[]
    ),
    "all marked as missing": Cells(
        ["NA", "NA", "NA", "NA"],
        kind="dropped",
        values=[],
        said=[
            "ingest: column 'x': 'NA' (4 times) counts as missing; ingest.missing.values can say otherwise, as 'x': []",
            "ingest: column 'x': is missing in every row; dropped; a type in ingest.columns keeps it, as 'x': category",
        ],
    ),
    "all but one missing": Cells(
        ["", "", "5", "", "", ""], kind="number", values=[None, None, 5.0, None, None, None], said=[]
    ),
    "six signs of missing": Cells(
        ["?", "NA", "n/a", "null", "-", "None", "1", "2", "3", "4", "5", "6", "7"],
        kind="number",
        values=[None, None, None, None, None, None, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0],
        said=[
            "ingest: column 'x': '-' (once), '?' (once), 'NA' (once), 'None' (once) and 2 more among "
            "numbers counts as missing; ingest.missing.values can say otherwise, as 'x': []"
        ],
    ),
    "None among words": Cells(
        ["None", "a", "b", "a", "b"],
        kind="category",
        values=["None", "a", "b", "a", "b"],
        said=[
            "ingest: column 'x': 'None' (once) may stand for a missing value; kept as a category; "
            "ingest.missing.values can say otherwise, as 'x': ['None']"
        ],
    ),
    "a list that names what is missing": Cells(
        ["1", "2", "99", "4"],
        {"ingest.missing.values": {"x": [99]}},
        kind="number",
        values=[1.0, 2.0, None, 4.0],
        said=[
            "ingest: column 'x': '99' (once) among numbers counts as missing; ingest.missing.values can say "
            "otherwise, as 'x': []"
        ],
    ),
    "a list whose word is not there": Cells(
        ["1", "2", "3", "4"],
        {"ingest.missing.values": {"x": ["gone"]}},
        kind="number",
        values=[1.0, 2.0, 3.0, 4.0],
        said=[],
    ),
    "a list that names every value": Cells(
        ["a", "b", "a", "b"],
        {"ingest.missing.values": {"x": ["a", "b"]}},
        kind="dropped",
        values=[],
        said=[
            "ingest: column 'x': 'a' (2 times), 'b' (2 times) counts as missing; ingest.missing.values can "
            "say otherwise, as 'x': []",
            "ingest: column 'x': is missing in every row; dropped; a type in ingest.columns keeps it, as 'x': category",
        ],
    ),
    "constant": Cells(
        ["5", "5", "5", "5"],
        kind="dropped",
        values=[],
        said=["ingest: column 'x': is 5 in every row; dropped; a type in ingest.columns keeps it, as 'x': number"],
    ),
    "constant but for missing cells": Cells(["5", "", "5", ""], kind="number", values=[5.0, None, 5.0, None], said=[]),
    "a twin of the target": Cells(
        ["1", "0", "1", "0", "1", "0"], kind="boolean", values=[True, False, True, False, True, False], said=[]
    ),
    "lists and numbers: an unknown type for the cells": Cells(
        ["a", "b", "a", "c"],
        {"ingest.columns": {"x": "datetime"}},
        kind="datetime",
        values=[None, None, None, None],
        said=[
            "ingest: column 'x': 4 values are no datetime and count as missing, the first is 'a'; another "
            "type can be named in ingest.columns"
        ],
    ),
    "words where params.yaml says number": Cells(
        ["a", "b", "1", "2"],
        {"ingest.columns": {"x": "number"}},
        kind="number",
        values=[None, None, 1.0, 2.0],
        said=[
            "ingest: column 'x': 2 values are no number and count as missing, the first is 'a'; another "
            "type can be named in ingest.columns"
        ],
    ),
}

X = "x,z,y\n"


def target(*cells: str) -> str:
    """A table of two numbers and these targets."""
    return X + "".join(f"{number * 7 % 11},{number * 5 % 13},{cell}\n" for number, cell in enumerate(cells))


TARGETS: dict[str, Case] = {
    "a target that is missing everywhere but once": Case(
        target("no", "", "", ""), said=["target 'y': is no in every row; a model needs two different values"]
    ),
    "a target with one other value": Case(
        target("no", "no", "yes", "no", "no", "no"),
        said=["ingest: 6 examples of table.csv; columns: 2 number"],
        rows=[
            (0.0, 0.0, "no"),
            (7.0, 5.0, "no"),
            (3.0, 10.0, "yes"),
            (10.0, 2.0, "no"),
            (6.0, 7.0, "no"),
            (2.0, 12.0, "no"),
        ],
    ),
    "a target of unlike spellings": Case(
        target("yes", "Yes", "YES", "no", "No", "NO"),
        said=[
            "ingest: 6 examples of table.csv; columns: 2 number",
            "ingest: column 'y': 'NO' and 'No' and 'no', 'YES' and 'Yes' and 'yes' look alike; kept apart; "
            "mend the source to join them",
        ],
        rows=[
            (0.0, 0.0, "yes"),
            (7.0, 5.0, "Yes"),
            (3.0, 10.0, "YES"),
            (10.0, 2.0, "no"),
            (6.0, 7.0, "No"),
            (2.0, 12.0, "NO"),
        ],
    ),
    "a target of numbers in text": Case(
        target("$1", "$2", "$3", "$4"),
        said=[
            "ingest: 4 examples of table.csv; columns: 2 number",
            "ingest: column 'y': 4 texts as '$1' are numbers with '$' before them; read as numbers; "
            "ingest.columns can keep the texts, as 'y': category",
        ],
        rows=[(0.0, 0.0, 1.0), (7.0, 5.0, 2.0), (3.0, 10.0, 3.0), (10.0, 2.0, 4.0)],
    ),
    "a target of numbers with a word": Case(
        target("1", "2", "unknown", "4"),
        said=[
            "ingest: 3 examples of table.csv; columns: 2 number",
            "ingest: 1 row set aside, the target 'y' is missing",
            "ingest: column 'y': 'unknown' (once) among numbers counts as missing; ingest.missing.values "
            "can say otherwise, as 'y': []",
        ],
        rows=[(0.0, 0.0, 1.0), (7.0, 5.0, 2.0), (10.0, 2.0, 4.0)],
    ),
    "a target of 0 and 1": Case(
        target("0", "1", "0", "1"),
        said=["ingest: 4 examples of table.csv; columns: 2 number"],
        rows=[(0.0, 0.0, False), (7.0, 5.0, True), (3.0, 10.0, False), (10.0, 2.0, True)],
    ),
    "a target of -1 and 1": Case(
        target("-1", "1", "-1", "1"),
        said=["ingest: 4 examples of table.csv; columns: 2 number"],
        rows=[(0.0, 0.0, -1.0), (7.0, 5.0, 1.0), (3.0, 10.0, -1.0), (10.0, 2.0, 1.0)],
    ),
    "a target of three whole numbers": Case(
        target("1", "2", "3", "1", "2", "3"),
        said=["ingest: 6 examples of table.csv; columns: 2 number"],
        rows=[(0.0, 0.0, 1.0), (7.0, 5.0, 2.0), (3.0, 10.0, 3.0), (10.0, 2.0, 1.0), (6.0, 7.0, 2.0), (2.0, 12.0, 3.0)],
    ),
    "a target of leading zeros": Case(
        target("01", "02", "01", "02"),
        said=["ingest: 4 examples of table.csv; columns: 2 number"],
        rows=[(0.0, 0.0, "01"), (7.0, 5.0, "02"), (3.0, 10.0, "01"), (10.0, 2.0, "02")],
    ),
    "a target of dates": Case(
        target("2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"),
        said=["ingest: 4 examples of table.csv; columns: 2 number"],
        rows=[
            (0.0, 0.0, T(2024, 1, 1, 0, 0)),
            (7.0, 5.0, T(2024, 1, 2, 0, 0)),
            (3.0, 10.0, T(2024, 1, 3, 0, 0)),
            (10.0, 2.0, T(2024, 1, 4, 0, 0)),
        ],
    ),
    "a target with infinite numbers": Case(
        target("1.5", "inf", "2.5", "-inf", "3.5"),
        said=[
            "ingest: 3 examples of table.csv; columns: 2 number",
            "ingest: 2 rows set aside, the target 'y' is missing",
            "ingest: column 'y': 2 values are infinite and count as missing; mend the source to change it",
        ],
        rows=[(0.0, 0.0, 1.5), (3.0, 10.0, 2.5), (6.0, 7.0, 3.5)],
    ),
    "a target whose every number is infinite": Case(
        target("inf", "inf", "-inf"), said=["target 'y': is missing in every one of 3 rows"]
    ),
    "a target of -999 that is asked to be missing": Case(
        target("1.5", "-999", "2.5", "3.5"),
        {"ingest.missing.values": {"y": [-999]}},
        said=[
            "ingest: 3 examples of table.csv; columns: 2 number",
            "ingest: 1 row set aside, the target 'y' is missing",
            "ingest: column 'y': '-999' (once) among numbers counts as missing; ingest.missing.values can "
            "say otherwise, as 'y': []",
        ],
        rows=[(0.0, 0.0, 1.5), (3.0, 10.0, 2.5), (10.0, 2.0, 3.5)],
    ),
    "a target another word of which is asked to be missing": Case(
        target("no", "yes", "refused", "no"),
        {"ingest.missing.values": {"y": ["refused"]}},
        said=[
            "ingest: 3 examples of table.csv; columns: 2 number",
            "ingest: 1 row set aside, the target 'y' is missing",
            "ingest: column 'y': 'refused' (once) counts as missing; ingest.missing.values can say "
            "otherwise, as 'y': []",
        ],
        rows=[(0.0, 0.0, "no"), (7.0, 5.0, "yes"), (10.0, 2.0, "no")],
    ),
    "a target all of which is asked to be missing": Case(
        target("no", "yes", "no"),
        {"ingest.missing.values": {"y": ["no", "yes"]}},
        said=["target 'y': is missing in every one of 3 rows"],
    ),
    "a target of words that is asked to be a number": Case(
        target("no", "yes", "no"),
        {"ingest.columns": {"y": "number"}},
        said=["target 'y': is missing in every one of 3 rows"],
    ),
    "a target of numbers that is asked to be a category": Case(
        target("1.5", "2.5", "1.5", "3.5"),
        {"ingest.columns": {"y": "category"}},
        said=["ingest: 4 examples of table.csv; columns: 2 number"],
        rows=[(0.0, 0.0, "1.5"), (7.0, 5.0, "2.5"), (3.0, 10.0, "1.5"), (10.0, 2.0, "3.5")],
    ),
    "a target in drop and in a list": Case(
        target("no", "yes"),
        {"ingest.target": ["y", "z"], "ingest.drop": ["z"]},
        said=["params.yaml: ingest.drop: holds the target 'z'; take it out"],
    ),
    "a list of one target": Case(
        target("no", "yes", "no"),
        {"ingest.target": ["y"]},
        said=["ingest: 3 examples of table.csv; columns: 2 number"],
        rows=[(0.0, 0.0, "no"), (7.0, 5.0, "yes"), (3.0, 10.0, "no")],
    ),
    "every column is a target": Case(
        target("no", "yes"),
        {"ingest.target": ["x", "y", "z"]},
        said=["table.csv: has no column but what it shall predict; add one to learn from"],
    ),
    "two targets of which one is constant": Case(
        "x,z,y\n1,5,no\n2,5,yes\n3,5,no\n",
        {"ingest.target": ["y", "z"]},
        said=["target 'z': is 5.0 in every row; a model needs two different values"],
    ),
    "two targets of which one is missing where the other is there": Case(
        "x,z,y\n1,,no\n2,5,\n3,,yes\n4,6,\n",
        {"ingest.target": ["y", "z"]},
        said=["params.yaml: ingest.target: no row has all of 'y', 'z'"],
    ),
    "the target is a name in another case": Case(
        target("no", "yes"),
        {"ingest.target": "Y"},
        said=["params.yaml: ingest.target: table.csv has no column 'Y'; it has x, z, y"],
    ),
    "the target is a name with a blank": Case(
        target("no", "yes"),
        {"ingest.target": "y "},
        said=["params.yaml: ingest.target: table.csv has no column 'y '; did you mean 'y'?"],
    ),
    "the target is an empty name": Case(
        target("no", "yes"),
        {"ingest.target": ""},
        said=["params.yaml: ingest.target: table.csv has no column ''; it has x, z, y"],
    ),
    "the target is the row number": Case(
        target("no", "yes"),
        {"ingest.target": "#row"},
        said=["params.yaml: ingest.target: table.csv has no column '#row'; it has x, z, y"],
    ),
    "the same rows, dropped": Case(
        "x,y\n1,no\n1,no\n2,yes\n2,yes\n",
        {"ingest.duplicates": "drop"},
        said=[
            "ingest: 2 examples of table.csv; columns: 1 number",
            "ingest: 2 examples equal an earlier one in every column; dropped, as ingest.duplicates says",
        ],
        rows=[(1.0, "no"), (2.0, "yes")],
    ),
    "the same rows but for the target": Case(
        "x,y\n1,no\n1,yes\n2,yes\n2,no\n",
        {"ingest.duplicates": "drop"},
        said=["ingest: 4 examples of table.csv; columns: 1 number"],
        rows=[(1.0, "no"), (1.0, "yes"), (2.0, "yes"), (2.0, "no")],
    ),
    "all rows the same but one, dropped": Case(
        "x,y\n1,no\n1,no\n1,no\n2,yes\n",
        {"ingest.duplicates": "drop"},
        said=[
            "ingest: 2 examples of table.csv; columns: 1 number",
            "ingest: 2 examples equal an earlier one in every column; dropped, as ingest.duplicates says",
        ],
        rows=[(1.0, "no"), (2.0, "yes")],
    ),
}
