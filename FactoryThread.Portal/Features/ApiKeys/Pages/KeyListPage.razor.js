// "c" creates: a shortcut for whoever has the hands on the keyboard, but not in a field or under a dialog.
const pages = new Map();

export function start(id) {
  const stopping = new AbortController();
  pages.set(id, stopping);
  document.addEventListener('keydown', event => {
    const busy = event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey
      || event.target.closest('input, textarea, select, [contenteditable]') || document.querySelector('.mud-dialog, [role=menu]');
    if (event.key === 'c' && !busy) {
      event.preventDefault();
      document.querySelector('[data-create]')?.click();
    }
  }, { signal: stopping.signal });
}

export function stop(id) {
  pages.get(id)?.abort();
  pages.delete(id);
}
