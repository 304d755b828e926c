"""Opens pages as one of the people around a visit, at the visit's own moment."""

import re
from html import unescape

from django.urls import reverse

from qmm_pilot import clock


class Reader:
    """Somebody of a visit at a browser without scripts; pages take their moment from visit.at."""

    def __init__(self, client, visit):
        self.client, self.visit = client, visit

    def get(self, who, name, *args):
        return self.signed_in(who).get(reverse(f"assessments:{name}", args=args))

    def post(self, who, page, *args, **typed):
        return self.signed_in(who).post(
            reverse(f"assessments:{page}", args=args), typed, follow=True
        )

    def status(self, who, name, *args, method="get"):
        """The status code alone, redirects not followed."""
        address = reverse(f"assessments:{name}", args=args)
        return getattr(self.signed_in(who), method)(address).status_code

    def signed_in(self, who):
        """The browser of this person, at the visit’s moment."""
        clock.set_demonstration_moment(self.visit.at)
        self.client.force_login(getattr(self.visit, who))
        return self.client


def words(response):
    """The page's text with single spaces and without markup."""
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(unescape(text).split())


def said(response):
    """The answers to the last deed."""
    return [str(message) for message in response.context["messages"]]


def controls(response):
    """The names of the controls in the page's own part, in their order, each once."""
    main = response.content.decode().split("<main", 1)[1]
    names = re.findall(r'<(?:input|select|textarea)[^>]* name="([^"]+)"', main)
    return [n for n in dict.fromkeys(names) if n != "csrfmiddlewaretoken"]


def deeds(response):
    """The labels of the buttons and of links that look like buttons in the page's own part."""
    main = response.content.decode().split("<main", 1)[1].split("</main>", 1)[0]
    spans = r'<span class="usa-sr-only">.*?</span>'
    found = re.findall(
        r'<(?:button|a)[^>]* class="[^"]*usa-button[^"]*"[^>]*>(.*?)</|'
        r'<input type="submit"[^>]* value="([^"]*)"',
        re.sub(spans, "", main, flags=re.S),
        flags=re.S,
    )
    return [unescape(label or value).strip() for label, value in found]
