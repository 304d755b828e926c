// Follows a report while a worker is at it; when it has come to rest, the page is read anew.
(() => {
  "use strict";

  const EVERY_MS = 2000;
  const part = document.getElementById("report-status");

  const look = async () => {
    try {
      const answer = await fetch(part.dataset.url, { headers: { "X-Requested-With": "fetch" } });
      if (answer.redirected || answer.status === 404) return;
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.querySelector("[data-state]");
        if (!("moving" in fresh.dataset)) {
          location.reload();
          return;
        }
        const shown = part.querySelector("[data-state]");
        if (fresh.dataset.state !== shown.dataset.state) shown.replaceWith(document.adoptNode(fresh));
      }
    } catch {
      // The server is away for a moment; the next try may succeed.
    }
    setTimeout(look, EVERY_MS);
  };

  setTimeout(look, EVERY_MS);
})();
