// OpenPGP.js as a stateless program, with the few commands of `sop` that the tests use.
// usage: node openpgp.mjs MODULE COMMAND ...        (standard input to standard output)
import { readFileSync, writeFileSync } from 'node:fs';

const [, , module, command, ...args] = process.argv;
globalThis.navigator ??= { userAgent: 'node' };
const openpgp = await import(module);

const secretKey = (path) => openpgp.readPrivateKey({ armoredKey: readFileSync(path, 'utf8') });
const input = () => new Uint8Array(readFileSync(0));

const commands = {
  version: async () => openpgp.config.versionString,

  // generate-key --profile v4|v6 USERID
  'generate-key': async (_, version, name) => {
    const [, who, email] = name.match(/^(.*) <(.*)>$/);
    const modern = version === 'v6';
    const { privateKey } = await openpgp.generateKey({
      type: modern ? 'curve25519' : 'ecc',
      userIDs: [{ name: who, email }],
      format: 'armored',
      config: { v6Keys: modern, aeadProtect: modern },
    });
    return privateKey;
  },

  // extract-cert < KEY
  'extract-cert': async () => (await openpgp.readPrivateKey({ armoredKey: readFileSync(0, 'utf8') })).toPublic().armor(),

  // encrypt --no-armor --sign-with KEY -- CERT
  encrypt: async (_, __, key, ___, cert) =>
    openpgp.encrypt({
      message: await openpgp.createMessage({ binary: input() }),
      encryptionKeys: await openpgp.readKey({ armoredKey: readFileSync(cert, 'utf8') }),
      signingKeys: await secretKey(key),
      format: 'binary',
    }),

  // decrypt --verify-with CERT --verifications-out FILE -- KEY
  decrypt: async (_, cert, __, verifications, ___, key) => {
    const { data, signatures } = await openpgp.decrypt({
      message: await openpgp.readMessage({ binaryMessage: input() }),
      decryptionKeys: await secretKey(key),
      verificationKeys: await openpgp.readKey({ armoredKey: readFileSync(cert, 'utf8') }),
      format: 'binary',
    });
    const good = [];
    for (const signature of signatures) {
      await signature.verified.then(() => good.push(signature.keyID.toHex()), () => {});
    }
    writeFileSync(verifications, good.join('\n'));
    return data;
  },
};

try {
  process.stdout.write(await commands[command](...args));
} catch (error) {
  // Node would print the library's one line of source with it.
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
