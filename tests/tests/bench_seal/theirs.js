// OpenPGP.js doing the same work in a worker of its own: signed and encrypted, nothing compressed, version 1 of encrypted data.
import * as openpgp from '/openpgp.min.mjs';

const config = { preferredCompressionAlgorithm: openpgp.enums.compression.uncompressed, aeadProtect: false };
let keys;

async function seal(binary) {
  const message = await openpgp.createMessage({ binary });
  return openpgp.encrypt({ message, encryptionKeys: keys.team, signingKeys: keys.reporter, format: 'binary', config });
}

async function streamed(file) {
  const reader = (await seal(file.stream())).getReader();
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return bytes;
    bytes += value.length;
  }
}

onmessage = async ({ data: { certificate, file, whole } }) => {
  if (certificate) {
    const made = await openpgp.generateKey({ type: 'curve25519', userIDs: [{ name: 'Reporter' }], format: 'object' });
    keys = { team: await openpgp.readKey({ armoredKey: certificate }), reporter: made.privateKey };
    return postMessage(0);
  }
  postMessage(whole ? (await seal(new Uint8Array(await file.arrayBuffer()))).length : await streamed(file));
};
