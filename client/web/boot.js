// Start code, appended to the glue of wasm-bindgen so that one integrity value covers both. It owns what only JavaScript
// may do under the page's policy: script addresses, the vault's worker, the service worker, and the words for a start that failed.
const VAULT_WASM = '/__VAULT_WASM__';
const VAULT_JS = '/__VAULT_JS__';
const LOCK = 'sealpost-outbox';

const scripts = globalThis.trustedTypes?.createPolicy('boot', {
  createScriptURL(url) {
    if (url !== '/worker.js' && url !== '/sw.js') throw new TypeError('no such script');
    return url;
  },
}) ?? { createScriptURL: (url) => url };

// The view library sets fixed fragments through innerHTML. Nothing a person wrote goes that way; this is a second net.
globalThis.trustedTypes?.createPolicy('default', {
  createHTML: (html) => (/<script|\son\w+\s*=|javascript:|<iframe|<base/i.test(html) ? null : html),
});

const vault = {
  module: null,
  worker: null,
  questions: new Map(),
  asked: 0,

  // Everything is fetched here and never in the worker: there some browsers bypass the service worker, and the worker's
  // own policy forbids it the network. The glue is fetched for its integrity check; the worker then imports the same bytes.
  async load() {
    const glue = await fetch(VAULT_JS, { integrity: '__VAULT_JS_SRI__' });
    if (!glue.ok) throw new TypeError('no glue');
    return WebAssembly.compileStreaming(fetch(VAULT_WASM, { integrity: '__VAULT_WASM_SRI__' }));
  },

  start(module) {
    if (this.worker) return;
    this.worker = new Worker(scripts.createScriptURL('/worker.js'), { type: 'module', name: 'vault' });
    this.worker.onmessage = ({ data: { id, answer } }) => {
      const question = this.questions.get(id);
      if (answer === undefined) return this.end('died');
      this.questions.delete(id);
      clearTimeout(question?.timer);
      question?.resolve(answer);
    };
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.end('died');
    };
    this.worker.postMessage({ module });
  },

  // A vault that died or hangs is thrown away; the next question gets a new one.
  end(why) {
    this.worker?.terminate();
    this.worker = null;
    for (const { reject, timer } of this.questions.values()) {
      clearTimeout(timer);
      reject(why);
    }
    this.questions.clear();
  },

  async ask(request, patience) {
    this.module ??= this.load();
    const module = await this.module.catch(() => {
      this.module = null;
      throw 'unreachable';
    });
    this.start(module);
    return new Promise((resolve, reject) => {
      const id = ++this.asked;
      const timer = setTimeout(() => this.end('timeout'), patience);
      this.questions.set(id, { resolve, reject, timer });
      this.worker.postMessage({ id, request });
    });
  },
};

let registration = null;

function announceUpdate() {
  const ready = Boolean(registration?.waiting && navigator.serviceWorker.controller);
  if (ready) dispatchEvent(new Event('sealpost-update'));
}

async function registerServiceWorker() {
  if (!navigator.serviceWorker) return;
  const options = { scope: '/', updateViaCache: 'none' };
  registration = await navigator.serviceWorker.register(scripts.createScriptURL('/sw.js'), options);
  registration.addEventListener('updatefound', () => {
    registration.installing?.addEventListener('statechange', announceUpdate);
  });
  announceUpdate();
}

globalThis.sealpost = Object.freeze({
  ask: (request, patience) => vault.ask(request, patience),

  // Runs the work in one tab only; another tab's turn is skipped, because it would do the same work.
  alone(work) {
    if (!navigator.locks) return work();
    return navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? work() : undefined));
  },

  update() {
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
    registration?.waiting?.postMessage('activate');
  },
});

function tellBroken() {
  document.getElementById('opening')?.remove();
  document.getElementById('broken').hidden = false;
}

addEventListener('error', ({ error }) => {
  if (error instanceof WebAssembly.RuntimeError) tellBroken();
});

try {
  await __wbg_init({ module_or_path: fetch('/__APP_WASM__', { integrity: '__APP_WASM_SRI__' }) });
} catch (error) {
  tellBroken();
  throw error;
}
// Without a service worker (private windows of some browsers) the page works while there is a network.
registerServiceWorker().catch(() => {});
