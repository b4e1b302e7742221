// Seals a chosen file in one of three ways, and gives what each took.
const question = (worker, words) =>
  new Promise((done, fail) => {
    worker.onmessage = ({ data }) => done(data);
    worker.onerror = ({ message }) => fail(new Error(message));
    worker.postMessage(words);
  });

globalThis.setUp = async (wasm) => {
  const bundle = await (await fetch('/bundle.json')).json();
  const vault = new Worker('/worker.js', { type: 'module' });
  vault.postMessage({ module: await WebAssembly.compileStreaming(fetch(wasm)) });
  const ask = async (words) => (await question(vault, { id: 1, ...words })).answer;
  const { words } = JSON.parse(await ask({ request: JSON.stringify({ ask: 'make-secret' }) }));
  const theirs = new Worker('/theirs.js', { type: 'module' });
  await question(theirs, { certificate: bundle.certificates[0] });

  const ours = async (file) => {
    const now = `${new Date().toISOString().slice(0, 19)}Z`;
    const request = JSON.stringify({ ask: 'seal-enclosures', bundle, desk: 'team', words, now });
    await ask({ request, files: [file] });
    let bytes = 0;
    for (;;) {
      const piece = await ask({ next: true });
      if (!Array.isArray(piece)) return bytes;
      bytes += piece[0].size;
    }
  };
  const ways = {
    ours,
    streamed: (file) => question(theirs, { file }),
    whole: (file) => question(theirs, { file, whole: true }),
  };
  globalThis.seal = async (way) => {
    const { files } = document.getElementById('file');
    const begun = performance.now();
    const bytes = await ways[way](files[0]);
    return { bytes, milliseconds: performance.now() - begun };
  };
};
