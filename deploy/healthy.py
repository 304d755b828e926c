"""Asks the web server of this container whether it answers; exit status 0 means yes."""

import http.client
import os
import sys

PAGE = "/accounts/login/"  # open to everybody

host = os.environ["ALLOWED_HOSTS"].split(",")[0].strip().lstrip(".")
server = http.client.HTTPConnection("127.0.0.1", 8000, timeout=8)
try:
    server.request("GET", PAGE, headers={"Host": host, "X-Forwarded-Proto": "https"})
    status = server.getresponse().status
except OSError as error:
    sys.exit(f"no good answer: {error}")
if status != http.client.OK:
    sys.exit(f"no good answer: status {status}")
