// Shows at once what a ticked choice would make of the places; without script a button does it.
(() => {
  "use strict";

  const form = document.getElementById("what-if-form");
  const parts = ["what-if-result", "what-if-status"].map((id) => document.getElementById(id));
  if (!form || parts.includes(null)) return;
  let last = 0;

  const show = async () => {
    const turn = ++last;
    const address = new URL(location.href);
    address.search = new URLSearchParams(new FormData(form)).toString();
    address.hash = "";
    try {
      const answer = await fetch(address);
      if (turn !== last || !answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (turn !== last) return;
      for (const part of parts) {
        const fresh = page.getElementById(part.id);
        if (fresh) part.replaceChildren(...fresh.childNodes);
      }
      history.replaceState(null, "", address);
    } catch {
      // The server is away for a moment; the button still asks it.
    }
  };

  document.addEventListener("change", (event) => {
    if (event.target.form === form) show();
  });
})();
