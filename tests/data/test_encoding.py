"""The encoding is found for texts in many languages; damaged UTF-8 is told by line."""

from __future__ import annotations

import pytest

from nnlab.data import Reading, guess_reading, read
from nnlab.data.encoding import decode
from nnlab.errors import DataError

TEXTS = {
    "german": ("id;Straße;Größe\n1;Königsallee;12\n2;Müllerstraße;15\n", ["cp1252", "latin1", "mac_roman", "cp850"]),
    "quotes": ("id;Straße\n1;Königsallee – „€“\n", ["cp1252"]),
    "french": ("nom,ville\nÉlodie,Orléans\nJérôme,Besançon\nGaël,Nîmes\n", ["cp1252", "mac_roman", "cp850"]),
    "spanish": ("año,país\n1999,España\n2000,Perú\n2001,México\n", ["cp1252", "cp850"]),
    "portuguese": ("cidade,uf\nSão Paulo,SP\nBrasília,DF\nMaceió,AL\n", ["cp1252"]),
    "swedish": ("namn,stad\nÅsa,Malmö\nBjörn,Göteborg\nGöran,Västerås\n", ["cp1252"]),
    "icelandic": ("nafn\nÞór\nGuðrún\nSigríður\nÆgir\n", ["cp1252"]),
    "polish": ("imię,miasto\nŁukasz,Łódź\nŻaneta,Gdańsk\nŚwięty,Białystok\n", ["cp1250", "iso8859_2"]),
    "czech": ("jméno,město\nJiří,Plzeň\nTomáš,Olomouc\nžlutý kůň,příliš\n", ["cp1250", "iso8859_2"]),
    "hungarian": ("név,város\nGergő,Győr\nLászló,Székesfehérvár\nnő,hűség\n", ["cp1250", "iso8859_2"]),
    "turkish": ("isim,şehir\nÇağrı,İstanbul\nGülşen,Eskişehir\nIşık,Muğla\n", ["cp1254", "iso8859_9"]),
    "russian": ("номер;город\n1;Москва\n2;Санкт-Петербург\n3;северная столица\n", ["cp1251", "koi8_r", "cp866"]),
    "greek": ("id,age,name\n1,39,Λεωνίδας\n2,23,Αλέξανδρος\n", ["iso8859_7", "cp1253"]),
    "hebrew": ("שם,עיר\nדוד,ירושלים\nשרה,חיפה\n", ["cp1255"]),
    "arabic": ("الاسم,المدينة\nمحمد,القاهرة\nفاطمة,دمشق\n", ["cp1256"]),
    "japanese": (
        "番号,都市,説明\n1,東京都千代田区,ソフトウェア表示能力\n2,大阪府大阪市,データの品質\n",
        ["cp932", "euc_jp"],
    ),
    "chinese": ("编号,城市,温度\n1,北京市海淀区,21.5\n2,上海市浦东新区,25.0\n", ["gb18030"]),
    "taiwan": ("編號,城市,溫度\n1,臺北市中正區,21.5\n2,高雄市鳳山區,25.0\n", ["big5"]),
    "korean": ("번호,도시\n1,서울특별시 강남구\n2,부산광역시 해운대구\n", ["cp949"]),
    "sign": ("t,unit\n1,°C\n2,µm\n3,±5\n", ["cp1252"]),
}
LEGACY = [(name, encoding) for name, (_, encodings) in TEXTS.items() for encoding in encodings]
UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]


@pytest.mark.parametrize(("name", "encoding"), LEGACY)
def test_a_legacy_encoding_is_found(name: str, encoding: str) -> None:
    """Python's own codec is the oracle: the text comes back letter by letter."""
    data = TEXTS[name][0].encode(encoding, "ignore")
    assert decode(data).text.decode() == data.decode(encoding)


@pytest.mark.parametrize("encoding", UNICODE)
@pytest.mark.parametrize("name", TEXTS)
def test_unicode_is_found_with_and_without_a_mark(name: str, encoding: str) -> None:
    """UTF-8, UTF-16 and UTF-32, either byte order, marked or not; the mark never stays in a name."""
    assert decode(TEXTS[name][0].encode(encoding)).text.decode() == TEXTS[name][0]


@pytest.mark.parametrize("tail", ["é".encode(), b"\xe9"])
def test_the_first_special_letter_may_come_after_a_megabyte(tail: bytes) -> None:
    """The whole file decides, not its beginning."""
    data = b"id,name\n" + b"".join(b"%d,plain row\n" % i for i in range(90_000)) + b"90000,caf" + tail + b"\n"
    assert read(data).frame["name"].iloc[-1] == "café"


def test_one_bad_byte_in_utf8_is_told_with_its_line() -> None:
    """The rest of the text stays as it is, and the issue says where to look."""
    table = read(b"id,name\n1,\xc3\x9cn\xc3\xaf\n2,Bo\n3,\xc5\xbc\xc3\xb3\xc5\x82\xc4\x87\n4,a\xffb\n5,end\n")
    assert list(table.frame["name"]) == ["Ünï", "Bo", "żółć", "a�b", "end"]
    assert [issue.line for issue in table.issues] == [5]


def test_a_mark_written_twice_is_taken_off_twice() -> None:
    """Some programs write the byte order mark again in front of a file that has one."""
    assert list(read(b"\xef\xbb\xbf" * 2 + b"id,x\n1,2\n").frame.columns) == ["id", "x"]


def test_a_wrong_guess_can_be_overruled_and_gives_another_table() -> None:
    """The same bytes under another encoding are another table with another id."""
    data = "id,name\n1,Łukasz\n2,Małgorzata\n".encode("iso8859_2")
    guessed = read(data)
    other = read(data, reading=guessed.reading.having(encoding="cp1252"))
    assert other.frame["name"].iloc[0] == "£ukasz"
    assert guessed.id != other.id
    assert guess_reading(data, encoding="cp1252").encoding == "cp1252"


@pytest.mark.parametrize("encoding", ["no-such", "hex", "rot13", "zip"])
def test_an_unknown_encoding_is_refused(encoding: str) -> None:
    """Codecs of Python that are no encodings of text are refused as well."""
    with pytest.raises(DataError, match="encoding"):
        read(b"a,b\n1,2\n", reading=Reading(encoding=encoding))
