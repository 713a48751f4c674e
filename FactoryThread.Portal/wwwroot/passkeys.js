// Passkeys (WebAuthn level 3): the server makes and checks the challenges, the browser asks its person. Loaded before the page is drawn, so
// that what a browser cannot do never appears.
(() => {
  const supported = typeof PublicKeyCredential !== "undefined" && "parseRequestOptionsFromJSON" in PublicKeyCredential
    // An address is no domain, and a passkey belongs to a domain.
    && !/^[\d.]+$|^\[/.test(location.hostname);

  customElements.define("passkey-area", class extends HTMLElement {
    constructor() {
      super();
      this.attachShadow({ mode: "open" }).innerHTML = supported ? "<slot></slot>" : "<slot name=none></slot>";
    }
  });

  const send = async (path, fields) => {
    const token = document.querySelector("input[name=__RequestVerificationToken]").value;
    const answer = await fetch(path, { method: "POST", body: new URLSearchParams({ ...fields, __RequestVerificationToken: token }) });
    if (!answer.ok) {
      const problem = await answer.json().catch(() => null);
      throw new Error(problem?.detail ?? "The portal could not answer. Try again.");
    }
    return answer;
  };

  const create = async () => {
    const options = await (await send("/account/passkeys/creation-options", {})).json();
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
  };

  const get = async () => {
    const options = await (await send("/account/passkeys/request-options", {})).json();
    return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  };

  const explain = (fault) => fault.name === "InvalidStateError" ? "This device has a passkey of yours already."
    : fault instanceof DOMException ? "No passkey was used. Try again, or choose another way." : fault.message;

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const kind = form.dataset?.passkey;
    if (!kind || form.elements.Credential.value) {
      return;
    }
    event.preventDefault();
    const [button, message] = [form.querySelector("button[type=submit]"), form.querySelector("[data-passkey-message]")];
    button.disabled = true;
    message.hidden = true;
    try {
      form.elements.Credential.value = JSON.stringify((kind === "create" ? await create() : await get()).toJSON());
      form.submit();
    } catch (fault) {
      message.textContent = explain(fault);
      message.hidden = false;
      button.disabled = false;
    }
  }, true);

  window.portalPasskeys = {
    supported: () => supported,

    /** Confirms the session of this browser with a passkey; the words of what went wrong, or null. */
    async confirm() {
      try {
        await send("/account/passkeys/confirm", { credential: JSON.stringify((await get()).toJSON()) });
        return null;
      } catch (fault) {
        return explain(fault);
      }
    },
  };
})();
