// "/" goes to the search, "c" creates: shortcuts for whoever has the hands on the keyboard, but not in a field or under a dialog.
const pages = new Map();

export function start(id) {
  const stopping = new AbortController();
  pages.set(id, stopping);
  document.addEventListener('keydown', event => {
    const busy = event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey
      || event.target.closest('input, textarea, select, [contenteditable]') || document.querySelector('[role=dialog]');
    if (busy) {
      return;
    }
    const target = { '/': document.querySelector(`#${id} [data-search]`), 'c': document.querySelector('[data-create]') }[event.key];
    if (target) {
      event.preventDefault();
      event.key === 'c' ? target.click() : target.focus();
    }
  }, { signal: stopping.signal });
}

export function stop(id) {
  pages.get(id)?.abort();
  pages.delete(id);
}
