// Start code, appended to the glue of wasm-bindgen so that one integrity value covers both. It owns what only JavaScript
// may do under the page's policy: script addresses, the vault's worker, the service worker, and the words for a start that failed.
const VAULT_WASM = '/__VAULT_WASM__';
const VAULT_JS = '/__VAULT_JS__';
const WORKER_JS = '/__WORKER_JS__';

const scripts = globalThis.trustedTypes?.createPolicy('boot', {
  createScriptURL(url) {
    if (url !== WORKER_JS && url !== '/sw.js') throw new TypeError('no such script');
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
  // own policy forbids it the network. Glue and worker are fetched for their integrity check; what runs then is the same bytes.
  async load() {
    const checks = [fetch(VAULT_JS, { integrity: '__VAULT_JS_SRI__' }), fetch(WORKER_JS, { integrity: '__WORKER_JS_SRI__' })];
    for (const { ok } of await Promise.all(checks)) if (!ok) throw new TypeError('not of this release');
    return WebAssembly.compileStreaming(fetch(VAULT_WASM, { integrity: '__VAULT_WASM_SRI__' }));
  },

  start(module) {
    if (this.worker) return;
    this.worker = new Worker(scripts.createScriptURL(WORKER_JS), { type: 'module', name: 'vault' });
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

  async ask(question, patience) {
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
      this.worker.postMessage({ id, ...question });
    });
  },
};

// A tab of ours lets go at once; this is long for a slow machine.
const PATIENCE_WITH_HOLDER = 3000;

// IndexedDB with the one guarantee the outbox needs: success means durable. A request that succeeds proves nothing (over quota, the
// transaction is aborted afterwards), so every change is one transaction with strict durability, and only its `complete` counts.
const disk = {
  open: (name, version, tables) =>
    new Promise((done, fail) => {
      const ask = indexedDB.open(name, version);
      ask.onupgradeneeded = () => {
        const there = ask.result.objectStoreNames;
        for (const table of tables) if (!there.contains(table)) ask.result.createObjectStore(table);
      };
      ask.onerror = () => fail(ask.error.name);
      // A tab with an older form of it does not let go: nothing is read or kept here then.
      let timer;
      ask.onblocked = () => (timer = setTimeout(() => fail('held'), PATIENCE_WITH_HOLDER));
      ask.onsuccess = () => {
        const database = ask.result;
        clearTimeout(timer);
        // Another tab needs it to itself: it has a newer form of it, or erases everything.
        database.onversionchange = () => {
          database.close();
          dispatchEvent(new Event('sealpost-storage-taken'));
        };
        // The browser itself closed it, as it does when its storage is cleared.
        database.onclose = () => {
          database.cutOff = true;
          dispatchEvent(new Event('sealpost-storage-cleared'));
        };
        done(database);
      };
    }),

  close: (database) => database.close(),

  // Runs `work` in one transaction over all tables; gives what it makes of the transaction once that is complete.
  run: (database, mode, work) =>
    new Promise((done, fail) => {
      const transaction = database.transaction([...database.objectStoreNames], mode, { durability: 'strict' });
      const result = work(transaction, (why) => {
        transaction.onabort = () => fail(why);
        transaction.abort();
      });
      transaction.oncomplete = () => done(result());
      transaction.onabort = () => fail(transaction.error?.name ?? 'AbortError');
    }),

  // Several values, as they stood at one moment.
  read: (database, places) =>
    disk.run(database, 'readonly', (transaction) => {
      const asks = places.map(([table, key]) => transaction.objectStore(table).get(key));
      return () => asks.map((ask) => ask.result);
    }),

  all: (database, table) =>
    disk.run(database, 'readonly', (transaction) => {
      const store = transaction.objectStore(table);
      const [keys, values] = [store.getAllKeys(), store.getAll()];
      return () => [keys.result, values.result];
    }),

  // What a table of many megabytes holds, without its values.
  keys: (database, table) =>
    disk.run(database, 'readonly', (transaction) => {
      const ask = transaction.objectStore(table).getAllKeys();
      return () => ask.result;
    }),

  // Puts and deletes, if what was read before still stands.
  swap: (database, places, before, changes) =>
    disk.run(database, 'readwrite', (transaction, giveUp) => {
      const asks = places.map(([table, key]) => transaction.objectStore(table).get(key));
      const isSame = (now, then) => now === then || (now && then && indexedDB.cmp(now, then) === 0);
      const write = () => {
        if (!asks.every((ask, n) => isSame(ask.result, before[n]))) return giveUp('overtaken');
        try {
          for (const [table, key, value] of changes) {
            const store = transaction.objectStore(table);
            value === undefined ? store.delete(key) : store.put(value, key);
          }
        } catch (error) {
          // A value that this browser cannot store.
          giveUp(error.name);
        }
      };
      if (asks.length) asks.at(-1).onsuccess = write;
      else write();
      return () => undefined;
    }),
};

// What one tab changes, the others show; what one erases, the others let go of.
const channel = globalThis.BroadcastChannel && new BroadcastChannel('sealpost');
if (channel) {
  channel.onmessage = ({ data }) => {
    if (data === 'erased') location.replace('about:blank');
    else dispatchEvent(new Event('sealpost-changed'));
  };
}

const databases = async () => ((await globalThis.indexedDB?.databases?.()) ?? []).map(({ name }) => name);
const workers = async () => (await navigator.serviceWorker?.getRegistrations()) ?? [];
const releases = async () => (await globalThis.caches?.keys()) ?? [];
const values = () => [...Object.keys(localStorage), ...Object.keys(sessionStorage), ...document.cookie.split('; ').filter(Boolean)];

// A tab that does not let go of a database holds its deletion up: not longer than this.
const PATIENCE_WITH_TABS = 10000;
const deleteDatabase = (name) =>
  new Promise((done) => {
    const ask = indexedDB.deleteDatabase(name);
    ask.onsuccess = ask.onerror = done;
    setTimeout(done, PATIENCE_WITH_TABS);
  });

// What `work` gives, or after a while `late`.
const PATIENCE_WITH_WORKERS = 5000;
const within = (work, late) => Promise.race([work, new Promise((done) => setTimeout(done, PATIENCE_WITH_WORKERS, late))]);

// Deletes everything that this page keeps here, and gives by name what the browser still lists.
async function erase() {
  channel?.postMessage('erased');
  await Promise.all((await databases()).map(deleteDatabase));
  // Before the workers: one that is being fetched answers when the line or the relay likes.
  await Promise.all((await releases()).map((name) => caches.delete(name)));
  localStorage.clear();
  sessionStorage.clear();
  await within(workers().then((all) => Promise.all(all.map((worker) => worker.unregister()))), []);
  const left = await within(workers(), [{ scope: `${location.origin}/` }]);
  return [await databases(), await releases(), left.map(({ scope }) => scope), values()];
}

let registration = null;
let isKept = true;

function announceUpdate() {
  const ready = Boolean(registration?.waiting && navigator.serviceWorker.controller);
  if (ready) dispatchEvent(new Event('sealpost-update'));
}

async function registerServiceWorker() {
  const options = { scope: '/', updateViaCache: 'none' };
  registration = await navigator.serviceWorker.register(scripts.createScriptURL('/sw.js'), options);
  registration.addEventListener('updatefound', () => {
    registration.installing?.addEventListener('statechange', announceUpdate);
  });
  navigator.serviceWorker.onmessage = () => dispatchEvent(new Event('sealpost-woken'));
  announceUpdate();
}

globalThis.sealpost = Object.freeze({
  ask: (request, patience) => vault.ask({ request }, patience),

  // Sealing files goes chunk by chunk: one is made while the page stores the one before.
  enclose: (request, files, patience) => vault.ask({ request, files }, patience),
  encloseNext: (patience) => vault.ask({ next: true }, patience),
  encloseStop: () => vault.worker?.postMessage({ stop: true }),

  disk,
  erase,
  told: () => channel?.postMessage('changed'),

  // Runs the work in one tab only; another tab's turn is skipped, because it would do the same work.
  alone(work, name) {
    if (!navigator.locks) return work();
    return navigator.locks.request(`sealpost-${name}`, { ifAvailable: true }, (lock) => (lock ? work() : undefined));
  },

  // Has the service worker woken once there is a network again. Few browsers can, and the page never needs it.
  wakeLater: () => navigator.serviceWorker?.ready.then(({ sync }) => sync?.register('waiting')).catch(() => {}),

  // Absent in many browsers, and refused in some windows: a number beside the icon is never needed.
  badge(number) {
    const set = number > 0 ? navigator.setAppBadge?.(number) : navigator.clearAppBadge?.();
    set?.catch(() => {});
  },

  // Whether the browser keeps the page itself, as far as is known by now.
  isKept: () => isKept,

  consent: () => globalThis.Notification?.permission ?? 'missing',

  askConsent: async () => globalThis.Notification?.requestPermission(),

  // Phones show notifications only through the service worker. One tag: a newer one takes the place of the last.
  notify(words) {
    const options = { tag: 'clock' };
    try {
      new Notification(words, options).onclick = () => focus();
    } catch {
      registration?.showNotification(words, options).catch(() => {});
    }
  },

  update() {
    // Another tab has switched already.
    if (!registration?.waiting) return location.reload();
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
    registration.waiting.postMessage('activate');
  },
});

function tellBroken() {
  document.getElementById('opening')?.remove();
  // Nothing stopped where nothing could start.
  if (!globalThis.WebAssembly) document.getElementById('stopped').remove();
  document.getElementById('broken').hidden = false;
}

addEventListener('error', ({ error }) => {
  if (globalThis.WebAssembly && error instanceof WebAssembly.RuntimeError) tellBroken();
});

try {
  await __wbg_init({ module_or_path: fetch('/__APP_WASM__', { integrity: '__APP_WASM_SRI__' }) });
} catch (error) {
  tellBroken();
  throw error;
}
// Without a service worker (private windows of some browsers) the page works, but opens only while there is a network.
registerServiceWorker().catch(() => {
  isKept = false;
  dispatchEvent(new Event('sealpost-not-kept'));
});
