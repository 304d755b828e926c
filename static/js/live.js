// Keeps the parts of a page marked data-live fresh while their work goes on; without script a link does it.
(() => {
  "use strict";

  const EVERY_MS = 2000;

  const refresh = async () => {
    const parts = document.querySelectorAll("[data-live]");
    if (!parts.length) return;
    try {
      const answer = await fetch(location.href);
      if (answer.ok && !answer.redirected) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        // The elements stay and their content changes, so that a role="status" is read out.
        for (const part of parts) {
          const fresh = page.getElementById(part.id);
          if (!fresh) continue;
          if (!fresh.hasAttribute("data-live")) part.removeAttribute("data-live");
          if (fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
        }
      }
    } catch {
      // The server is away for a moment; the next try may succeed.
    }
    setTimeout(refresh, EVERY_MS);
  };

  setTimeout(refresh, EVERY_MS);
})();
