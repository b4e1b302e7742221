// The vault's worker: the only place where OpenPGP runs. It gets its wasm from the page, answers questions, and has no network.
import { initSync, handle, enclose, enclose_next, enclose_stop } from '/__VAULT_JS__';

function answerTo({ request, files, next }) {
  if (files) return enclose(request, files);
  return next ? enclose_next() : handle(request);
}

onmessage = async ({ data }) => {
  if (data.module) {
    initSync({ module: data.module });
    return;
  }
  if (data.stop) {
    enclose_stop();
    return;
  }
  let answer;
  try {
    answer = await answerTo(data);
  } catch {
    // A panic leaves wasm memory in an unknown state: no answer, and the page starts a new worker.
  }
  postMessage({ id: data.id, answer });
};
