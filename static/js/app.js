// A small comfort on top of pages that work without it.
(() => {
  "use strict";

  // A double click sends a form once; after three seconds it may be sent again (a download, a retry).
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 3000);
  });
})();
