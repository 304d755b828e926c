"""How diverse a choice is: counted by five properties, with and without what is tried (C3)."""

from applications.diversity import NOT_STATED, PROPERTIES, Candidate, spreads


def candidate(**facts):
    return Candidate(
        **{
            "sector": "Generic",
            "size": "Small",
            "place": "Ohio",
            "sterile": "No",
            "products": ("Tablets",),
            "has_place": False,
            "is_ticked": False,
            **facts,
        }
    )


def by_key(candidates):
    return {spread.key: spread for spread in spreads(candidates)}


def test_five_properties_are_counted_for_everyone_considered_and_for_who_has_a_place():
    found = by_key([candidate(has_place=True), candidate(), candidate(sector="Innovator")])
    assert list(found) == [key for key, _, _ in PROPERTIES]
    assert found["sector"].series == ("considered", "with a place")
    assert found["sector"].rows == (("Generic", (2, 1)), ("Innovator", (1, 0)))


def test_what_is_ticked_counts_beside_who_has_a_place():
    found = by_key([candidate(has_place=True), candidate(is_ticked=True), candidate()])
    assert found["place"].series == ("considered", "with a place", "with this choice")
    assert found["place"].rows == (("Ohio", (3, 1, 2)),)


def test_what_is_not_stated_is_a_label_of_its_own_and_the_most_frequent_comes_first():
    found = by_key([candidate(size=""), candidate(size=""), candidate(), candidate(size="Large")])
    assert [label for label, _ in found["size"].rows] == [NOT_STATED, "Large", "Small"]
    assert by_key([candidate(products=())])["products"].rows == ((NOT_STATED, (1, 0)),)


def test_a_facility_that_makes_two_types_counts_in_each():
    found = by_key([candidate(products=("Tablets", "Creams"), has_place=True)])
    assert found["products"].rows == (("Creams", (1, 1)), ("Tablets", (1, 1)))
