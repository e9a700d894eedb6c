"""Names that people really have, and numbers that nobody has."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random

from desk.messages import Language

# Chinese as written, and as in a passport: pinyin on the mainland, Wade-Giles in Taiwan.
_MAINLAND_FAMILY = (
    "王 Wang,李 Li,张 Zhang,刘 Liu,陈 Chen,杨 Yang,赵 Zhao,黄 Huang,周 Zhou,吴 Wu,徐 Xu,孙 Sun,胡 Hu,朱 Zhu,高 Gao,"
    "何 He,郭 Guo,马 Ma,罗 Luo,梁 Liang,宋 Song,郑 Zheng,谢 Xie,韩 Han,唐 Tang,冯 Feng,董 Dong,程 Cheng,沈 Shen"
)
_MAINLAND_GIVEN = (
    "伟 Wei,静 Jing,磊 Lei,敏 Min,洋 Yang,娜 Na,思远 Siyuan,雨桐 Yutong,浩然 Haoran,欣怡 Xinyi,子涵 Zihan,俊杰 Junjie,"
    "梦瑶 Mengyao,晨曦 Chenxi,建国 Jianguo,丽华 Lihua,志强 Zhiqiang,晓明 Xiaoming,海燕 Haiyan,文博 Wenbo,佳琪 Jiaqi,"
    "一鸣 Yiming,诗涵 Shihan,明轩 Mingxuan,婷婷 Tingting,国栋 Guodong,雪梅 Xuemei,嘉宁 Jianing"
)
_TAIWAN_FAMILY = (
    "陳 Chen,林 Lin,黃 Huang,張 Chang,李 Lee,王 Wang,吳 Wu,劉 Liu,蔡 Tsai,楊 Yang,許 Hsu,鄭 Cheng,謝 Hsieh,洪 Hung,"
    "郭 Kuo,邱 Chiu,曾 Tseng,廖 Liao,賴 Lai,蘇 Su"
)
_TAIWAN_GIVEN = (
    "志明 Chih-Ming,淑芬 Shu-Fen,家豪 Chia-Hao,雅婷 Ya-Ting,冠宇 Kuan-Yu,怡萱 Yi-Hsuan,承恩 Cheng-En,宗翰 Tsung-Han,"
    "佩珊 Pei-Shan,俊宏 Chun-Hung,欣妤 Hsin-Yu,柏翰 Po-Han,美玲 Mei-Ling,彥廷 Yen-Ting,詩涵 Shih-Han,建宏 Chien-Hung"
)
_ENGLISH_FAMILY = (
    "Bennett,Carlisle,Dawson,Fletcher,Gallagher,Harding,Iyer,Jennings,Kowalski,Lim,Mercer,Nguyen,O'Neill,Patel,"
    "Quigley,Rossi,Schneider,Tan,Underwood,Walsh,Young"
)
_ENGLISH_GIVEN = (
    "Alice,Ben,Chloe,Daniel,Eleanor,Farah,George,Hannah,Isaac,Julia,Kevin,Laura,Marcus,Nadia,Oliver,Priya,Rachel,"
    "Samuel,Tessa,Victor"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name as they write it, and in Latin letters for an e-mail address."""

    written: str
    given_latin: str
    family_latin: str


def names(language: Language, count: int, rng: Random) -> list[Name]:
    """`count` different names, as usual among those who write this language."""
    match language:
        case Language.ZH_HANS:
            pool = _chinese(_MAINLAND_FAMILY, _MAINLAND_GIVEN)
        case Language.ZH_HANT:
            pool = _chinese(_TAIWAN_FAMILY, _TAIWAN_GIVEN)
        case Language.EN:
            pairs = product(_ENGLISH_GIVEN.split(","), _ENGLISH_FAMILY.split(","))
            pool = [Name(f"{given} {family}", given, family) for given, family in pairs]
    return rng.sample(pool, count)


def email(name: Name, number: int) -> str:
    """An address in a domain reserved for examples; `number` keeps people of the same name apart."""
    latin = f"{name.given_latin}.{name.family_latin}".lower().replace("-", "").replace("'", "")
    return f"{latin}{number}@example.com"


def phone(language: Language, number: int) -> str:
    """A telephone number that rings nowhere; people of one language get different ones for a hundred numbers in a row.

    Mainland China: 199 0000 xxxx. Taiwan: a Taipei number that starts with 0, as none can. English speakers:
    555-0100 to 555-0199, which North America keeps for fiction.
    """
    match language:
        case Language.ZH_HANS:
            return f"+861990000{number:04}"
        case Language.ZH_HANT:
            return f"+886200000{number:03}"
        case Language.EN:
            return f"+141555501{number % 100:02}"


def _chinese(family: str, given: str) -> list[Name]:
    return [
        Name(f"{one}{two}", two_latin, one_latin)
        for (one, one_latin), (two, two_latin) in product(_entries(family), _entries(given))
    ]


def _entries(words: str) -> Iterator[tuple[str, str]]:
    for entry in words.split(","):
        written, latin = entry.split(" ")
        yield written, latin
