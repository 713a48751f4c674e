// What pages do in the browser without asking the server. Listeners sit on the document, so they outlive every render.

/** Says something to screen readers without moving the focus. */
export function announce(text) {
  let region = document.getElementById("announcements");
  if (!region) {
    region = document.createElement("div");
    region.id = "announcements";
    region.className = "visually-hidden";
    region.setAttribute("role", "status");
    document.body.append(region);
  }
  region.textContent = "";
  setTimeout(() => { region.textContent = text; }, 50);
}

/** Copies within the click that asked for it; over plain HTTP, where there is no clipboard API, through a selection. */
export async function copyText(text) {
  if (navigator.clipboard?.writeText) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Refused by the browser's permission; the old way below may still be allowed.
    }
  }
  const before = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("readonly", "");
  area.style.position = "fixed";
  area.style.opacity = "0";
  // Inside the open dialog, whose focus trap would take the selection away.
  (before?.closest(".mud-dialog") ?? document.body).append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  before?.focus();
  return copied;
}

/** Turns a button to "Copied" for two seconds. */
export function showCopied(button) {
  announce("Copied");
  if (button.hasAttribute("data-copied")) {
    return;
  }
  const label = button.getAttribute("aria-label");
  button.setAttribute("data-copied", "");
  const word = document.createElement("span");
  word.className = "copied";
  word.textContent = "Copied";
  button.append(word);
  if (label) {
    button.setAttribute("aria-label", "Copied");
  }
  setTimeout(() => {
    word.remove();
    button.removeAttribute("data-copied");
    if (label) {
      button.setAttribute("aria-label", label);
    }
  }, 2000);
}

// ---- copy buttons: <button data-copy="value">

document.addEventListener("click", async event => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) {
    return;
  }
  if (await copyText(button.dataset.copy)) {
    showCopied(button);
  } else {
    announce("The browser did not allow copying. Select the text and copy it by hand.");
  }
});

// ---- the sidebar as a drawer on narrow screens

const root = document.documentElement;
const drawerIsOpen = () => root.hasAttribute("data-drawer");

function openDrawer() {
  root.setAttribute("data-drawer", "open");
  document.getElementById("content")?.setAttribute("inert", "");
  document.querySelector("[data-drawer-open]")?.setAttribute("aria-expanded", "true");
  document.querySelector("#sidebar a, #sidebar button")?.focus();
}

function closeDrawer(returnFocus) {
  if (!drawerIsOpen()) {
    return;
  }
  root.removeAttribute("data-drawer");
  document.getElementById("content")?.removeAttribute("inert");
  const button = document.querySelector("[data-drawer-open]");
  button?.setAttribute("aria-expanded", "false");
  if (returnFocus) {
    button?.focus();
  }
}

document.addEventListener("click", event => {
  if (event.target.closest?.("[data-drawer-open]")) {
    openDrawer();
  } else if (event.target.closest?.("[data-drawer-close]")) {
    closeDrawer(true);
  } else if (event.target.closest?.("#sidebar a")) {
    closeDrawer(false);
  }
});

matchMedia("(min-width: 900px)").addEventListener("change", () => closeDrawer(false));

// ---- the focus returns to where it was when a dialog closes, even if the dialog moved it before MudBlazor could note it

let beforeDialog = null;
let dialogIsOpen = false;

document.addEventListener("focusin", event => {
  if (!event.target.closest(".mud-dialog") && !document.querySelector(".mud-dialog")) {
    beforeDialog = event.target;
  }
});

new MutationObserver(() => {
  const open = document.querySelector(".mud-dialog") !== null;
  if (dialogIsOpen && !open && document.activeElement === document.body && beforeDialog?.isConnected) {
    beforeDialog.focus();
  }
  dialogIsOpen = open;
}).observe(document.body, { childList: true, subtree: true });

// ---- keyboard (the rest is in keyboard.js)

document.addEventListener("keydown", event => {
  if (event.key === "Escape") {
    closeDrawer(true);
  }
});

// The base address of the page would turn "#content" into a link to the start page.
document.addEventListener("click", event => {
  if (event.target.closest?.("[data-skip]")) {
    event.preventDefault();
    document.getElementById("content")?.focus();
  }
}, true);

// One handler for all rows of the keys' table: EventHandlers.cs.
for (const [name, browserEventName, part] of [["rowmenu", "click", "td > [aria-haspopup=menu]"], ["rowpick", "change", "td > input[type=checkbox]"]]) {
  Blazor.registerCustomEventType(name, {
    browserEventName,
    createEventArgs: event => ({
      id: event.target.closest(part)?.closest("tr").querySelector("[aria-haspopup=menu]")?.id ?? null,
      on: event.target.checked === true,
    }),
  });
}
