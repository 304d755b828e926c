// Speaks with the browser about passkeys, for forms that say with data-passkey what they ask for:
// "create" a new one, or "use" one. The options come from the page (data-options) or from an
// address (data-options-at); what the browser answers goes into the field "credential".
(() => {
  "use strict";

  const WORDS = {
    NotAllowedError: "Nothing was confirmed: the request was cancelled or took too long. Try again.",
    InvalidStateError: "This device or key already holds a passkey for your account.",
    SecurityError: "Passkeys do not work at this address. Use an authenticator app instead.",
  };
  const OTHERWISE = "Your browser could not use a passkey. Try another browser, or use an authenticator app.";

  const toBytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => (list || []).map((one) => ({ ...one, id: toBytes(one.id) }));

  const fetched = async (address) => {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("no options");
    return answer.json();
  };

  const optionsOf = async ({ dataset }) => {
    const given = dataset.options
      ? JSON.parse(document.getElementById(dataset.options).textContent)
      : await fetched(dataset.optionsAt);
    return (given.creation_options || given.request_options).publicKey;
  };

  const create = async (form) => {
    const asked = await optionsOf(form);
    const isAlone = form.elements.passwordless?.checked ?? false;
    const credential = await navigator.credentials.create({
      publicKey: {
        ...asked,
        challenge: toBytes(asked.challenge),
        user: { ...asked.user, id: toBytes(asked.user.id) },
        excludeCredentials: known(asked.excludeCredentials),
        authenticatorSelection: {
          ...asked.authenticatorSelection,
          residentKey: isAlone ? "required" : "discouraged",
          requireResidentKey: isAlone,
          ...(isAlone ? { userVerification: "required" } : {}),
        },
      },
    });
    return {
      ...common(credential),
      response: {
        clientDataJSON: toText(credential.response.clientDataJSON),
        attestationObject: toText(credential.response.attestationObject),
      },
    };
  };

  const use = async (form) => {
    const asked = await optionsOf(form);
    const credential = await navigator.credentials.get({
      publicKey: {
        ...asked,
        challenge: toBytes(asked.challenge),
        allowCredentials: known(asked.allowCredentials),
      },
    });
    const { clientDataJSON, authenticatorData, signature, userHandle } = credential.response;
    return {
      ...common(credential),
      response: {
        clientDataJSON: toText(clientDataJSON),
        authenticatorData: toText(authenticatorData),
        signature: toText(signature),
        userHandle: userHandle ? toText(userHandle) : null,
      },
    };
  };

  const common = (credential) => ({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
  });

  const speak = async (form) => {
    const button = form.querySelector("button");
    const trouble = form.querySelector("[data-passkey-trouble]");
    button.disabled = true;
    trouble.textContent = trouble.className = "";
    try {
      const credential = await (form.dataset.passkey === "create" ? create(form) : use(form));
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch (error) {
      trouble.className = "usa-error-message";
      trouble.textContent = WORDS[error.name] || OTHERWISE;
      button.disabled = false;
      button.focus();
    }
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation(); // not sent yet, so that it may be tried again at once
      speak(form);
    });
  }
})();
