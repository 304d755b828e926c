// The end of a session: warns before it, lets the person stay, and keeps what she typed.
// Typed text waits in this tab's own storage only, for the same person and page, until it is put
// back or she signs out. Passwords, codes and files are never kept.
(() => {
  "use strict";

  const KEY = "qmm-typed";
  const dialog = document.getElementById("session");
  const person = dialog ? dialog.dataset.person : "";
  const here = location.pathname;

  // -- what was typed ------------------------------------------------------------------------
  const read = () => {
    try { return JSON.parse(sessionStorage.getItem(KEY)) || []; } catch { return []; }
  };
  const write = (kept) => {
    try {
      if (kept.length) sessionStorage.setItem(KEY, JSON.stringify(kept));
      else sessionStorage.removeItem(KEY);
    } catch { /* storage is full or forbidden: the page works without it */ }
  };
  const forms = () => [...document.querySelectorAll("main form[method=post]")];
  const controls = (form) => [...form.elements].filter((one) =>
    one.name && !["hidden", "password", "file", "submit", "button"].includes(one.type)
    && one.autocomplete !== "one-time-code");
  const valueOf = (one) => ["checkbox", "radio"].includes(one.type) ? one.checked
    : one.multiple ? [...one.selectedOptions].map((option) => option.value) : one.value;
  const initially = (one) => ["checkbox", "radio"].includes(one.type) ? one.defaultChecked
    : one.options ? [...one.options].filter((o) => o.defaultSelected).map((o) => o.value).join()
    : one.defaultValue;
  const isChanged = (form) => controls(form).some((one) => {
    const value = valueOf(one);
    const before = initially(one);
    return one.options && before === "" ? one.selectedIndex > 0 : String(value) !== String(before);
  });
  const keep = (waits) => {
    const typed = forms().map((form, number) => ({ form, number })).filter(({ form }) => isChanged(form));
    if (!person || !typed.length) return;
    write([{ person, here, waits, forms: typed.map(({ form, number }) => ({
      number,
      values: controls(form).map((one) => [one.name, one.type, one.value, valueOf(one)]),
    })) }]);
  };
  const putBack = (kept) => {
    let number = 0;
    for (const { number: which, values } of kept.forms) {
      const form = forms()[which];
      if (!form) continue;
      for (const [name, type, own, value] of values) {
        const one = controls(form).find((each) => each.name === name && each.type === type
          && (!["checkbox", "radio"].includes(type) || each.value === own));
        if (!one) continue;
        if (["checkbox", "radio"].includes(type)) one.checked = value;
        else if (one.multiple) for (const o of one.options) o.selected = value.includes(o.value);
        else one.value = value;
        one.dispatchEvent(new Event("input", { bubbles: true }));
        number += 1;
      }
    }
    return number > 0;
  };
  const say = (words) => {
    const note = document.createElement("div");
    note.className = "usa-alert usa-alert--info usa-alert--slim";
    note.setAttribute("role", "status");
    note.innerHTML = "<div class=\"usa-alert__body\"><p class=\"usa-alert__text\"></p></div>";
    note.querySelector("p").textContent = words;
    document.getElementById("main-content").prepend(note);
  };

  const kept = read();
  if (!person || document.querySelector("[data-typed-text-waits]")) {
    // Signed out, or refused: what was sent last did not arrive, so it waits.
    write(kept.map((one) => ({ ...one, waits: true })));
  } else {
    const [last] = kept.filter((one) => one.person === person && one.waits);
    if (last && last.here === here) {
      if (putBack(last)) say("What you typed before your session ended is in the form again. It is not saved yet; files are chosen again.");
      write([]);
    } else {
      write(last ? [last] : []); // sent and received, or another person's: forgotten
    }
  }
  document.addEventListener("submit", (event) => {
    if (event.target.closest(".site-header__person")) write([]); // signing out
    else if (event.target.closest("main")) keep(false);
  }, true);
  if (!dialog) return;

  // -- the warning ---------------------------------------------------------------------------
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("qmm-session") : null;
  const warnAt = Number(dialog.dataset.warningSeconds);
  const countdown = dialog.querySelector("[data-session-countdown]");
  const live = dialog.querySelector("[data-session-live]");
  const stay = dialog.querySelector("[data-session-stay]");
  let endsAt = Date.now() + 1000 * Number(dialog.dataset.secondsLeft);
  let mayLastLonger = true;
  let spoken = "";

  const inWords = (seconds) => seconds >= 60
    ? `${Math.ceil(seconds / 60)} minute${seconds > 60 ? "s" : ""}`
    : `${seconds} second${seconds === 1 ? "" : "s"}`;
  const takeOver = (facts) => {
    endsAt = Date.now() + 1000 * facts.seconds_left;
    mayLastLonger = facts.may_last_longer;
    if (facts.seconds_left > warnAt && dialog.open) dialog.close();
  };
  const leave = () => {
    keep(true);
    location.assign(`${dialog.dataset.signIn}?next=${encodeURIComponent(here + location.search)}`);
  };
  const ask = async (options) => {
    const answer = await fetch(dialog.dataset.url, { headers: { Accept: "application/json" }, ...options });
    if (!answer.ok) throw new Error("no answer");
    const facts = await answer.json();
    if (facts.person !== person) return leave();
    takeOver(facts);
    return facts;
  };
  const warn = async () => {
    // Another tab may have prolonged the session meanwhile; asking does not.
    const facts = await ask().catch(() => null);
    if (facts && facts.seconds_left > warnAt) return;
    if (!mayLastLonger) {
      dialog.querySelector("#session-words").firstChild.textContent =
        "You signed in long ago, so you are asked to do it again; what you typed is kept. You are signed out in ";
      stay.hidden = true;
    }
    if (!dialog.open) dialog.showModal();
  };

  let isAsking = false;
  let isClosed = false;
  const tick = async () => {
    const left = Math.max(0, Math.round((endsAt - Date.now()) / 1000));
    if (left > warnAt) { isClosed = false; return; }
    if (left === 0) {
      if (isAsking) return;
      isAsking = true;
      const facts = await ask().catch(() => null);
      isAsking = false;
      if (!facts || facts.seconds_left === 0) leave();
      return;
    }
    if (!dialog.open && !isClosed && !isAsking) {
      isAsking = true;
      await warn();
      isAsking = false;
    }
    countdown.textContent = inWords(left);
    if (dialog.open && inWords(left) !== spoken && (left >= 60 || left % 30 === 0 || left === 10)) {
      spoken = inWords(left);
      live.textContent = `You are signed out in ${spoken}.`;
    }
  };
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    const facts = await ask({ method: "POST", body: new FormData(event.target) }).catch(() => null);
    if (!facts) { live.textContent = "It did not work. Check your connection and try again."; return; }
    dialog.close();
    tabs?.postMessage({ person, facts });
  });
  dialog.querySelector("[data-session-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => { isClosed = true; });
  tabs?.addEventListener("message", ({ data }) => { if (data.person === person) takeOver(data.facts); });
  tabs?.postMessage({ person, facts: { seconds_left: Number(dialog.dataset.secondsLeft), may_last_longer: true } });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });
  setInterval(tick, 1000);
})();
