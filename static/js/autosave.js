// Saves the answers of a draft while they are typed, and says so. Without it the buttons save.
(() => {
  "use strict";

  const PAUSE_MS = 2500; // after the last key
  const LONGEST_MS = 10000; // of typing without a pause
  const PATIENCE_MS = 15000; // for one answer of the server
  const BEFORE_LEAVING_MS = 4000; // that a button waits for a save under way
  const RETRY_MS = [3000, 6000, 12000, 30000];
  const LARGEST_AT_THE_END = 60000; // bytes; browsers send 64 KiB after a page is closed
  const form = document.getElementById("answers");
  const line = document.querySelector("[data-autosave]");
  if (!form || !line) return;

  const { seen, page, csrfmiddlewaretoken: token } = form.elements;
  const pageToken = page.value;
  const person = document.getElementById("session")?.dataset.person;
  let turn = 0;
  let isChanged = false;
  let changedSince = 0;
  let timer = 0;
  let underWay = null;
  let failures = 0;
  let isOver = false; // this page saves no more by itself

  const say = (words, state) => {
    const wasHidden = line.textContent === "";
    line.dataset.state = state;
    if (line.textContent !== words) line.textContent = words;
    // The line has come up from below: what has the focus stays in sight.
    if (wasHidden && form.contains(document.activeElement)) document.activeElement.scrollIntoView({ block: "nearest" });
  };
  const stop = (words) => {
    isOver = true;
    clearTimeout(timer);
    say(words, "failed");
  };
  const failed = (why) => {
    isChanged = true;
    say(`Not saved: ${why} What you typed stays on this page, and we keep trying.`, "failed");
    plan(RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]);
  };
  const plan = (milliseconds) => {
    clearTimeout(timer);
    timer = setTimeout(save, milliseconds);
  };

  // After signing in again in another tab this page needs a new token; for the same person only.
  const renewToken = async () => {
    const answer = await fetch(location.pathname, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok || answer.redirected) return failed("you are signed out. Sign in in another tab.");
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (fresh.getElementById("session")?.dataset.person !== person) {
      return stop("Not saved: somebody else is signed in now. Copy what you typed, then sign in yourself.");
    }
    token.value = fresh.querySelector("#answers [name=csrfmiddlewaretoken]").value;
    return failed("your session was renewed.");
  };
  const send = async () => {
    turn += 1;
    page.value = `${pageToken}.${turn}`;
    const body = new URLSearchParams(new FormData(form)).toString();
    const answer = await fetch(line.dataset.autosave, {
      method: "POST",
      body,
      headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
      keepalive: body.length < LARGEST_AT_THE_END,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.redirected) return failed("you are signed out. Sign in in another tab.");
    if (answer.status === 403) return renewToken();
    if (!answer.ok) return failed("the server did not take it.");
    const facts = await answer.json();
    if (!facts.saved) return stop(facts.words);
    failures = 0;
    seen.value = facts.seen;
    say(facts.words, "saved");
    return null;
  };
  const save = async () => {
    if (underWay || isOver || !isChanged) return;
    clearTimeout(timer);
    isChanged = false;
    underWay = send().catch(() => failed("the server cannot be reached."));
    await underWay;
    underWay = null;
    if (isChanged && failures === 0) plan(PAUSE_MS);
  };
  const note = () => {
    if (isOver) return;
    if (!isChanged) changedSince = Date.now();
    isChanged = true;
    if (failures === 0) plan(Math.max(0, Math.min(PAUSE_MS, changedSince + LONGEST_MS - Date.now())));
  };

  form.addEventListener("input", note);
  form.addEventListener("change", note);
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });
  addEventListener("pagehide", save);
  addEventListener("online", () => { if (isChanged) plan(0); });
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    const goOn = () => { isOver = true; };
    if (!underWay) { goOn(); return; }
    // What was sent a moment ago must not arrive after what the button sends.
    event.preventDefault();
    event.stopPropagation();
    const button = event.submitter;
    Promise.race([underWay, new Promise((done) => { setTimeout(done, BEFORE_LEAVING_MS); })])
      .then(() => { underWay = null; turn += 1; page.value = `${pageToken}.${turn}`; form.requestSubmit(button); });
  });
  // Text that was put back after signing in again is not saved yet.
  if ([...form.elements].some((one) => (one.options
    ? [...one.options].some((option) => option.selected !== option.defaultSelected && option.value)
    : one.type !== "hidden" && (one.value !== one.defaultValue || one.checked !== one.defaultChecked)))) note();
})();
