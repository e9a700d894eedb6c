"""Sentences that open-source programs show in English and in simplified Chinese, as pairs for training.

Such sentences hold the words of shops, payments and accounts, which general sentences hardly hold. All programs listed
permit use and change of their texts (MIT or Apache 2.0); the training takes numbers from them and keeps no sentence.
"""

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Texts = Mapping[str, str]
_PLACES = re.compile(
    r"<[^>]+>|\{\{?[^{}]*\}?\}|%\{[^}]*\}|%\([^)]*\)[sd]|%[-\d$.]*[a-zA-Z@]|(?<!\w):[a-z_]+\b|\$\{[^}]*\}|https?://\S+"
)
_HAN = re.compile("[\u4e00-\u9fff]")
_LONGEST_ENGLISH, _LONGEST_CHINESE = 250, 120  # characters


@dataclass(frozen=True, slots=True)
class Program:
    """Where a program keeps its texts. `chinese` is a pattern of files below its folder; `english` turns such a path
    into that of the same texts in English. `source` and `licence` are for the credits. `commit` is what the shipped
    table was made from (7,181 of its 8,931 pairs; of Medusa's package the version was not noted)."""

    folder: str
    source: str
    licence: str
    chinese: str
    english: tuple[str, str]
    commit: str = ""


PROGRAMS = (
    Program("bagisto", "github.com/bagisto/bagisto", "MIT", "**/lang/zh_CN/*.php", ("/zh_CN/", "/en/"), "889a7c6bd7"),
    Program("sylius", "github.com/Sylius/Sylius", "MIT", "**/*.zh_CN.yml", (".zh_CN.", ".en."), "3466cbab10"),
    Program("medusa", "github.com/medusajs/medusa (npm: @medusajs/dashboard)", "MIT", "**/zhCN.json", ("zhCN", "en")),
    Program("adyen-web", "github.com/Adyen/adyen-web", "MIT", "packages/server/translations/zh-CN.json",
            ("zh-CN", "en-US"), "183fa6f8b"),
    Program("adyen-android", "github.com/Adyen/adyen-android", "MIT", "**/values-zh-rCN/strings.xml",
            ("-zh-rCN", ""), "956ab46301"),
    Program("alpha-wallet", "github.com/AlphaWallet/alpha-wallet-android", "MIT", "app/**/values-zh/strings.xml",
            ("-zh", ""), "c873a4ac6"),
    Program("bitpay-wallet", "github.com/bitpay/wallet", "MIT", "src/assets/i18n/zh.po",
            ("zh.po", "zh.po"), "ec93459d1"),
    Program("blue-wallet", "github.com/BlueWallet/BlueWallet", "MIT", "loc/zh_cn.json", ("zh_cn", "en"), "7dc4fc5b9"),
    Program("cake-wallet", "github.com/cake-tech/cake_wallet", "MIT", "res/values/strings_zh.arb",
            ("_zh", "_en"), "98aa1fd6c"),
    Program("yoroi", "github.com/Emurgo/yoroi", "Apache 2.0", "apps/**/locales/zh-Hans.json",
            ("zh-Hans", "en-US"), "5a8dcc72d"),
)  # fmt: skip


def pairs_of(program: Program, checkouts: Path) -> list[tuple[str, str]]:
    """English and Chinese of every text that says something in both, in the order of the files.

    Raises FileNotFoundError where the program's folder holds no Chinese texts.
    """
    root = checkouts / program.folder
    files = sorted(root.glob(program.chinese))
    if not files:
        raise FileNotFoundError(f"{root}: no file {program.chinese}; a checkout of {program.source} is wanted here")
    found: dict[tuple[str, str], None] = {}
    for file in files:
        other = file.with_name(file.name) if file.suffix == ".po" else Path(str(file).replace(*program.english))
        if not other.exists():
            continue
        chinese, english = _texts(file), _texts(other, source=True)
        for key, text in chinese.items():
            pair = _bare(english.get(key, "")), _bare(text)
            if _says_something(*pair):
                found[pair] = None
    return list(found)


def _bare(text: str) -> str:
    return re.sub(r"\s+", " ", _PLACES.sub(" ", html.unescape(text).replace("\\n", " ").replace("\\'", "'"))).strip()


def _says_something(english: str, chinese: str) -> bool:
    return (
        len(_HAN.findall(chinese)) > 1 and not _HAN.search(english) and len(re.findall("[A-Za-z]+", english)) > 1
        and len(english) <= _LONGEST_ENGLISH and len(chinese) <= _LONGEST_CHINESE
    )  # fmt: skip


def _texts(file: Path, *, source: bool = False) -> Texts:
    """The texts of a file by their keys; `source` gives the originals of a file that holds both languages."""
    content = file.read_text(encoding="utf-8")
    if file.suffix == ".po":
        return {key: key if source else text for key, text in _gettext(content)}
    return _READERS[file.suffix](content)


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}")
    elif isinstance(value, str):
        yield path, value


def _gettext(content: str) -> Iterator[tuple[str, str]]:
    for block in re.split(r"\n\s*\n", content):
        if "#, fuzzy" not in block:
            original, text = (_po_string(block, name) for name in ("msgid", "msgstr"))
            if original and text:
                yield original, text


def _po_string(block: str, name: str) -> str:
    found = re.search(rf'^{name} ((?:"(?:[^"\\]|\\.)*"\s*)+)', block, re.MULTILINE)
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"', found[1]) if found else []
    return "".join(json.loads(f'"{part}"', strict=False) for part in parts)


def _php(content: str) -> Texts:
    """Nested arrays of quoted strings, one a line."""
    texts: dict[str, str] = {}
    path: list[str] = []
    for line in content.splitlines():
        if opened := re.match(r"\s*'([^']+)'\s*=>\s*\[\s*$", line):
            path.append(opened[1])
        elif re.match(r"\s*\],?;?\s*$", line):
            path = path[:-1]
        elif text := re.match(r"\s*'([^']+)'\s*=>\s*(['\"])(.*)\2,?\s*$", line):
            texts[".".join([*path, text[1]])] = text[3]
    return texts


def _android(content: str) -> Texts:
    return dict(re.findall(r'(?s)<string name="([^"]+)"[^>]*>(.*?)</string>', content))


_READERS: Mapping[str, Callable[[str], Texts]] = {
    ".json": lambda content: dict(_flat(json.loads(content))),
    ".arb": lambda content: dict(_flat(json.loads(content))),
    ".yml": lambda content: dict(_flat(yaml.safe_load(content))),
    ".php": _php,
    ".xml": _android,
}
