// Signing with a passkey: asks the browser for its answer and sends it in the form that signs.
(() => {
  "use strict";

  const part = document.querySelector("[data-signing-key]");
  if (!part || !window.PublicKeyCredential || !navigator.credentials) return;
  part.hidden = false;
  const status = part.querySelector("[data-signing-key-status]");
  const answer = part.querySelector("input[name=passkey]");
  const asked = JSON.parse(document.getElementById("passkey-options").textContent).publicKey;

  const bytesOf = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const textOf = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  part.querySelector("[data-signing-key-use]").addEventListener("click", async () => {
    status.textContent = "Follow your browser’s prompt.";
    try {
      const key = await navigator.credentials.get({
        publicKey: {
          ...asked,
          challenge: bytesOf(asked.challenge),
          allowCredentials: (asked.allowCredentials || []).map((known) => ({
            ...known, id: bytesOf(known.id),
          })),
        },
      });
      answer.value = JSON.stringify({
        id: key.id,
        rawId: textOf(key.rawId),
        type: key.type,
        response: {
          clientDataJSON: textOf(key.response.clientDataJSON),
          authenticatorData: textOf(key.response.authenticatorData),
          signature: textOf(key.response.signature),
          userHandle: key.response.userHandle ? textOf(key.response.userHandle) : null,
        },
        clientExtensionResults: key.getClientExtensionResults(),
        authenticatorAttachment: key.authenticatorAttachment,
      });
      answer.form.requestSubmit();
    } catch {
      status.textContent = "The passkey was not used. Try again, or enter your password below.";
    }
  });
})();
