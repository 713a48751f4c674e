// Runs before the first paint, so that no page flashes in the wrong theme. The choice is kept in a cookie, which lets the server render
// the right one; the viewer's time zone travels the same way.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const choices = [
    ["light", "Light", '<circle cx="12" cy="12" r="4"/><path d="M12 2v2m0 16v2M2 12h2m16 0h2M5 5l1.5 1.5m11 11L19 19M5 19l1.5-1.5m11-11L19 5"/>'],
    ["dark", "Dark", '<path d="M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z"/>'],
    ["system", "System", '<rect x="3" y="4" width="18" height="12" rx="2"/><path d="M8 20h8m-4-4v4"/>'],
  ];

  const remember = (name, value) => {
    const secure = location.protocol === "https:" ? ";secure" : "";
    document.cookie = `${name}=${value};path=/;max-age=31536000;samesite=lax${secure}`;
  };

  const chosen = () => root.dataset.theme || "system";

  const apply = () => {
    root.classList.toggle("dark", chosen() === "dark" || (chosen() === "system" && system.matches));
    for (const button of document.querySelectorAll("theme-switch button")) {
      button.setAttribute("aria-pressed", String(button.dataset.choice === chosen()));
    }
  };

  class ThemeSwitch extends HTMLElement {
    connectedCallback() {
      if (this.childElementCount > 0) {
        return;
      }
      this.setAttribute("role", "group");
      this.setAttribute("aria-label", "Theme");
      for (const [value, label, drawing] of choices) {
        const button = document.createElement("button");
        button.type = "button";
        button.dataset.choice = value;
        button.title = label;
        button.setAttribute("aria-label", label);
        button.innerHTML = `<svg viewBox="0 0 24 24" width="16" height="16" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${drawing}</svg>`;
        button.addEventListener("click", () => {
          root.dataset.theme = value;
          remember("theme", value);
          apply();
        });
        this.append(button);
      }
      apply();
    }
  }

  system.addEventListener("change", apply);
  customElements.define("theme-switch", ThemeSwitch);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) {
    remember("tz", zone);
  }

  // Asked by the circuit after its first render: from here on the page answers clicks. A global, not a module's export: a circuit keeps the
  // serializers for each kind of argument, and those for a module's number are 20 KB.
  window.portal = {
    timeZone() {
      root.dataset.circuit = "ready";
      return zone;
    },
  };
  apply();
})();
