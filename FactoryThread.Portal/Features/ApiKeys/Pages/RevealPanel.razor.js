import { copyText } from '../../../portal.js';

// Holds a new key while its dialog is open. The server handed it over once and knows it no longer.
const sessions = new Map();

const words = {
  valid_key: 'The key works.',
  malformed_key: 'This is not a key: it is incomplete or has a typing error.',
  unknown_key: 'The portal does not know this key.',
  expired_key: 'The key has expired.',
  revoked_key: 'The key has been revoked.',
  replaced_key: 'The key has been replaced by a newer value.',
  owner_disabled: 'The key is refused because its owner is disabled.',
  network_not_allowed: 'The key is fine, but it may not be used from the network you are in.',
  insufficient_permission: 'The key is fine, but its permission does not cover this.',
  rate_limited: 'The key is fine, but its limit per minute is used up at the moment.',
  daily_limit_exceeded: 'The key is fine, but its limit for today is used up.',
  too_many_failures: 'Too many failed attempts came from your address. Try again in a minute.',
  store_unavailable: 'The portal cannot reach its database at the moment. Try again.',
};

export function open(id, key, options, dotnet) {
  close(id);
  const root = document.getElementById(id);
  const stop = new AbortController();
  const session = { key, stop, saved: false, masks: new Map() };
  sessions.set(id, session);

  const one = name => root.querySelector(`[${name}]`);
  const on = (element, type, handler) => element.addEventListener(type, handler, { signal: stop.signal });
  const label = (button, text) => { button.querySelector('[data-label]').textContent = text; };
  const status = (text, kind) => {
    const line = one('data-status');
    line.textContent = text;
    line.dataset.kind = kind;
  };
  const saved = () => {
    session.saved = true;
    dotnet.invokeMethodAsync('MarkSavedAsync');
  };

  for (const secret of root.querySelectorAll('[data-secret]')) {
    session.masks.set(secret, secret.textContent);
  }

  const show = one('data-show');
  let shown = false;
  on(show, 'click', () => {
    shown = !shown;
    for (const [secret, mask] of session.masks) {
      secret.textContent = shown ? session.key : mask;
    }
    label(show, shown ? 'Hide key' : 'Show key');
  });

  const copyKey = one('data-copy-key');
  on(copyKey, 'click', async () => {
    if (await copyText(session.key)) {
      label(copyKey, 'Copied');
      status('The key is on the clipboard. Paste it where it belongs now.', 'ok');
      saved();
    } else {
      if (!shown) {
        show.click();
      }
      getSelection().selectAllChildren(one('data-secret'));
      status('The browser did not allow copying. The key is selected: press Ctrl+C.', 'warn');
    }
  });

  for (const button of root.querySelectorAll('[data-copy-example]')) {
    on(button, 'click', async () => {
      const example = button.parentElement.querySelector('[data-example]');
      const secret = example.querySelector('[data-secret]');
      const text = example.textContent.replace(secret.textContent, () => session.key);
      if (await copyText(text)) {
        label(button, 'Copied');
        status('The example, with the key in it, is on the clipboard.', 'ok');
        saved();
      }
    });
  }

  on(one('data-download'), 'click', () => {
    const text = `FACTORYTHREAD_URL=${options.address}\nFACTORYTHREAD_API_KEY=${session.key}\n`;
    const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
    const link = Object.assign(document.createElement('a'), { href: url, download: options.file });
    root.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
    status(`Downloaded as ${options.file}. Keep it out of source control.`, 'ok');
    saved();
  });

  on(one('data-test'), 'click', async () => {
    status('Testing…', 'busy');
    try {
      const answer = await fetch(new URL('v1/keys/validate', document.baseURI), {
        method: 'POST',
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        headers: { 'Authorization': `Bearer ${session.key}`, 'Content-Type': 'application/json' },
        body: '{"consume":false}',
        signal: stop.signal,
      });
      const verdict = await answer.json();
      status(describe(verdict), verdict.valid ? 'ok' : 'bad');
    } catch (error) {
      if (error.name !== 'AbortError') {
        status('The portal did not answer. Check the connection and try again.', 'bad');
      }
    }
  });

  // Arrow keys move between the examples, as between any tabs.
  on(root.querySelector('[role=tablist]'), 'keydown', event => {
    const tabs = [...root.querySelectorAll('[role=tab]')];
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
      next.focus();
      next.click();
    }
  });

  // Esc counts for the topmost dialog only.
  on(document, 'keydown', event => {
    if (event.key === 'Escape' && [...document.querySelectorAll('.mud-dialog')].at(-1)?.contains(root)) {
      event.preventDefault();
      dotnet.invokeMethodAsync('EscapeAsync');
    }
  });

  window.addEventListener('beforeunload', event => {
    if (!session.saved) {
      event.preventDefault();
    }
  }, { signal: stop.signal });

  // Until now a press would have done nothing.
  for (const button of root.querySelectorAll('button[disabled]')) {
    button.disabled = false;
  }
  copyKey.focus();
}

export function focusCopy(id) {
  // The question above is still fading and gives the focus back to where it came from; after that.
  setTimeout(() => document.getElementById(id)?.querySelector('[data-copy-key]').focus(), 150);
}

export function close(id) {
  const session = sessions.get(id);
  if (session) {
    session.stop.abort();
    for (const [secret, mask] of session.masks) {
      secret.textContent = mask;
    }
    session.masks.clear();
    session.key = null;
    sessions.delete(id);
  }
}

function describe(verdict) {
  const text = words[verdict.code] ?? verdict.detail ?? `The portal answered ${verdict.code}.`;
  if (!verdict.valid) {
    return text;
  }
  const reach = { full_access: 'all flows', read_only: 'reading only' }[verdict.permission]
    ?? (verdict.flows?.length === 1 ? `the flow ${verdict.flows[0]}` : `${verdict.flows?.length ?? 0} flows`);
  return `${text} It opens ${reach} in the ${verdict.environment} environment. This test did not count against its limits.`;
}
