// Single keys for whoever has the hands on the keyboard. Never while typing, with a modifier, or under a dialog or menu; and they can be
// switched off, because speech input and tremor press them by mistake (WCAG 2.1.4).

const storage = "shortcuts";
const dialog = () => document.getElementById("shortcuts");

function on() {
  try {
    return localStorage.getItem(storage) !== "off";
  } catch {
    return true; // Storage is blocked: they stay on, and the switch lasts as long as the page.
  }
}

let enabled = on();

function show() {
  const shown = dialog();
  if (shown && !shown.open) {
    shown.querySelector("[data-shortcuts-on]").checked = enabled;
    shown.showModal();
  }
}

function typing(target) {
  return target.closest?.("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]");
}

document.addEventListener("click", event => {
  if (event.target.closest?.("[data-shortcuts]")) {
    show();
  } else if (event.target.closest?.("[data-shortcuts-close]") || event.target === dialog()) {
    dialog().close();
  }
});

document.addEventListener("change", event => {
  if (event.target.matches?.("[data-shortcuts-on]")) {
    enabled = event.target.checked;
    try {
      localStorage.setItem(storage, enabled ? "on" : "off");
    } catch {
      // See above.
    }
  }
});

const keys = {
  "/": () => {
    const search = document.querySelector("[data-search]");
    search?.focus();
    search?.select();
    return search;
  },
  c: () => {
    // Before the circuit answers clicks, the click would be lost.
    const create = document.documentElement.dataset.circuit === "ready" ? document.querySelector("[data-create]") : null;
    create?.click();
    return create;
  },
  "?": () => {
    show();
    return dialog();
  },
};

document.addEventListener("keydown", event => {
  const action = Object.hasOwn(keys, event.key) ? keys[event.key] : null;
  if (!action || !enabled || event.defaultPrevented || event.repeat || event.isComposing || event.ctrlKey || event.metaKey || event.altKey
    || typing(event.target) || document.querySelector(".mud-dialog, dialog[open], [role=menu]")) {
    return;
  }
  if (action()) {
    event.preventDefault();
  }
});
