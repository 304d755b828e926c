"""Words and numbers under which a request is found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from applications.finding import LONGEST_WORD, all_words, folded, number_word, words_sought


def test_words_are_compared_without_case_accents_and_punctuation():
    assert all_words(["Łódź & Söhne, Inc."], []) == {"lodz", "sohne", "inc"}
    assert words_sought("SOHNE inc.") == (["inc", "sohne"], False)
    assert folded("  Éclair   Plant 2 ") == "eclair plant 2"


@pytest.mark.parametrize(
    "typed",
    [
        "3001234567",
        "0003001234567",
        " 3001234567.0 ",
        "300-123-4567",
        "FEI 3001234567",
        "fei: 0003001234567",
        "DUNS-300 123 4567",
    ],
)
def test_a_number_is_compared_whole_without_leading_zeros_and_hyphens(typed):
    assert words_sought(typed) == (["3001234567"], True)


def test_a_receipt_number_is_one_word():
    assert words_sought("fdf-7k2m-9qxc") == (["fdf7k2m9qxc"], True)
    assert "fdf7k2m9qxc" in all_words([], ["FDF-7K2M-9QXC"])


@pytest.mark.parametrize("name", ["Bio-Tech-Labs", "Sino-Chem-Corp", "api-labs-pune"])
def test_a_name_that_is_written_like_a_receipt_is_sought_by_its_words(name):
    assert words_sought(name) == (sorted(name.lower().split("-")), False)


def test_a_number_within_a_name_is_found_as_a_number():
    assert all_words(["Plant 012"], []) == {"plant", "12"}
    assert words_sought("12") == (["12"], True)


def test_text_without_a_word_asks_for_nothing():
    assert words_sought(" -- \0") == ([], False)
    assert number_word("000") == "0"


@settings(max_examples=50)
@given(st.text(max_size=60))
def test_whatever_is_typed_asks_for_words_that_fit_their_column(text):
    words, _ = words_sought(text)
    assert all(0 < len(word) <= LONGEST_WORD and "\0" not in word for word in words)


@settings(max_examples=50)
@given(st.text(max_size=60))
def test_every_name_is_found_by_all_of_itself(name):
    words, is_whole = words_sought(name)
    assert is_whole or set(words) <= all_words([name], [])
