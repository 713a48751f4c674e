// Moves between the lines of an open menu, as people expect of menus.
export function attach(menu) {
  if (!menu) {
    return; // Closed again before this script was there.
  }

  const items = [...menu.querySelectorAll('[role=menuitem]')];
  menu.addEventListener('keydown', event => {
    const at = items.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      items[(next + items.length) % items.length].focus();
    }
  });
  items[0]?.focus();
}

// Gives the focus back to the button that opened the menu.
export function leave(button) {
  document.getElementById(button)?.focus();
}
