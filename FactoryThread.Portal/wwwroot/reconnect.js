// The banner that appears while the connection to the server is lost. Blazor sets its classes; this adds what a person can do.

const banner = document.getElementById("components-reconnect-modal");

/** Whether reloading would throw away something a person has typed. */
function holdsInput() {
  return [...document.querySelectorAll("main input, main textarea, .mud-dialog input, .mud-dialog textarea")]
    .some(field => !["checkbox", "radio", "hidden", "search"].includes(field.type) && !field.readOnly && field.value !== field.defaultValue);
}

function mustReload() {
  // The server had no place for this page; asking again is up to the person.
  if ("full" in document.documentElement.dataset) {
    return;
  }
  if (holdsInput()) {
    banner.classList.add("must-reload");
  } else {
    location.reload();
  }
}

async function retry() {
  document.removeEventListener("visibilitychange", retryWhenVisible);
  try {
    if (await Blazor.reconnect() || await Blazor.resumeCircuit()) {
      return;
    }
    mustReload();
  } catch {
    // The server cannot be reached yet.
    document.addEventListener("visibilitychange", retryWhenVisible);
  }
}

function retryWhenVisible() {
  if (document.visibilityState === "visible") {
    retry();
  }
}

async function resume() {
  try {
    if (!await Blazor.resumeCircuit()) {
      mustReload();
    }
  } catch {
    mustReload();
  }
}

banner.addEventListener("components-reconnect-state-changed", event => {
  if (event.detail.state === "failed") {
    document.addEventListener("visibilitychange", retryWhenVisible);
  } else if (event.detail.state === "rejected") {
    mustReload();
  }
});
// The browser notices a lost network at once, Blazor when half a minute long no answer came. A portal on the same machine needs none.
addEventListener("offline", async () => {
  try {
    await fetch("health/live", { cache: "no-store" });
  } catch {
    banner.classList.toggle("offline", !navigator.onLine);
  }
});
addEventListener("online", () => {
  banner.classList.remove("offline");
  if (banner.classList.contains("components-reconnect-failed")) {
    retry();
  } else if (banner.classList.contains("components-reconnect-paused")) {
    resume();
  }
});
banner.querySelector("[data-reconnect]").addEventListener("click", retry);
banner.querySelector("[data-resume]").addEventListener("click", resume);
banner.querySelector("[data-reload]").addEventListener("click", () => location.reload());
