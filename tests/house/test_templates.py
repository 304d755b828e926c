"""Templates name an address in the very block that uses it: in another block it is empty."""

import re
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
TAG = re.compile(r"{% (?:block (\w+)|(endblock))[^%]*%}")


def blocks(text):
    """The blocks of a template as {name: content}, those inside a block being part of it too."""
    found, waiting, at = {}, [], 0
    for tag in TAG.finditer(text):
        for name in waiting:
            found[name] += text[at : tag.start()]
        at = tag.end()
        if tag[1]:
            waiting.append(tag[1])
            found[tag[1]] = ""
        else:
            waiting.pop()
    return found


def unknown_in_their_block(text):
    """Variables that one block sets by “as”, and another one uses without setting them."""
    found = blocks(text)
    named = {name: set(re.findall(r" as (\w+) %}", content)) for name, content in found.items()}
    return sorted(
        (variable, name)
        for variable in set().union(*named.values())
        for name, content in found.items()
        if variable not in named[name]
        and re.search(rf"[ |:=]{variable}\b(?!=)", content.replace("{% url ", "{% "))
    )


def test_a_block_names_the_addresses_that_it_uses():
    pages = {
        str(path.relative_to(TEMPLATES)): unknown_in_their_block(path.read_text())
        for path in TEMPLATES.rglob("*.html")
    }
    assert {name: unknown for name, unknown in pages.items() if unknown} == {}


def test_an_address_of_another_block_is_noticed():
    text = (
        "{% block head %}{% url 'home' as home_url %}{{ home_url }}{% endblock %}"
        "{% block content %}{% confirmation '' 'Go' home_url %}{% endblock %}"
    )
    assert unknown_in_their_block(text) == [("home_url", "content")]


def test_the_error_in_a_title_is_written_once_for_all_pages():
    own = [
        str(path.relative_to(TEMPLATES))
        for path in sorted(TEMPLATES.rglob("*.html"))
        if re.search(r"{% if form\.errors[^%]*%}Error: ", path.read_text())
    ]
    assert own == ["base.html"]
