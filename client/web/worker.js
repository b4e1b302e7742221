// The vault's worker: the only place where OpenPGP runs. It gets its wasm from the page, answers questions, and has no network.
import { initSync, handle } from '/__VAULT_JS__';

onmessage = ({ data: { module, id, request } }) => {
  if (module) {
    initSync({ module });
    return;
  }
  let answer;
  try {
    answer = handle(request);
  } catch {
    // A panic leaves wasm memory in an unknown state: no answer, and the page starts a new worker.
  }
  postMessage({ id, answer });
};
