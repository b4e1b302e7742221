// The offline page: one file that writes, seals and saves a report from a disk. It has no network by its own policy and stores nothing. All
// that is hard is done by the vault, the same one as in the browser app; team, policy and keys stand in the file as the relay published them.
const byId = (id) => document.getElementById(id);
const bundle = JSON.parse(byId('bundle').textContent);
// The vault's longest answer is a large report sealed on a slow phone.
const PATIENCE = 120000;
const PGP = 'application/pgp-encrypted';

const scripts = globalThis.trustedTypes?.createPolicy('offline', { createScriptURL: (url) => url }) ?? { createScriptURL: (url) => url };

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(properties?.data ?? {})) element.dataset[name] = value;
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

const now = () => new Date().toISOString().replace(/\.\d+Z$/, 'Z');
const grouped = (digits) => digits.match(/.{1,4}/g).join(' ');
const code = (text) => make('code', {}, text);
const line = (...children) => make('p', {}, ...children);
const hint = (...children) => make('p', { className: 'hint' }, ...children);

async function startVault() {
  const packed = Uint8Array.from(atob(byId('wasm').textContent), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  const module = await WebAssembly.compile(await new Response(unpacked).arrayBuffer());
  const address = URL.createObjectURL(new Blob([byId('worker').textContent], { type: 'text/javascript' }));
  const worker = new Worker(scripts.createScriptURL(address), { name: 'vault' });
  worker.postMessage({ module });
  return worker;
}

const died = 'The part of this page that seals stopped. Your text is still here: save a copy of it elsewhere, and open the file again.';
let vault = startVault();
let asked = 0;

async function ask(request) {
  const worker = await vault;
  const id = ++asked;
  const text = await new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(died)), PATIENCE);
    worker.onerror = () => fail(new Error(died));
    worker.onmessage = ({ data }) => {
      clearTimeout(timer);
      if (data.id === id && data.answer !== undefined) done(data.answer);
      else fail(new Error(died));
    };
    worker.postMessage({ id, request: JSON.stringify(request) });
  }).catch((error) => {
    worker.terminate();
    vault = startVault();
    throw error;
  });
  const answer = JSON.parse(text);
  if (answer.answer === 'failed') throw new Error(answer.sentence);
  return answer;
}

// What stands against sealing to this team now; nothing is written before it is known.
function obstacle({ standing, policy, desks }) {
  if (standing.standing !== 'in-force') {
    return 'The policy in this file does not apply today: the file is too old, or this computer’s clock is wrong. Get a new file from the team’s page.';
  }
  const own = policy.desks.find(({ role }) => role === 'team');
  const certificates = desks.find(({ desk }) => desk === own.id)?.certificates ?? [];
  if (certificates.length === 0) return 'This file holds no key of the team. Get a new file from the team’s page.';
  const bad = certificates.find(({ problem }) => problem);
  return bad && `The key ${grouped(bad.fingerprint)} cannot be used: ${bad.problem.sentence} Get a new file from the team’s page.`;
}

function showKeys(checked, why) {
  const { identity, desks } = checked.policy;
  const own = desks.find(({ role }) => role === 'team');
  const sealedTo = checked.desks.find(({ desk }) => desk === own.id)?.certificates ?? [];
  const keys = byId('keys');
  keys.dataset.state = why ? 'unusable' : 'usable';
  keys.replaceChildren(
    make('h2', {}, make('span', { className: 'sign', ariaHidden: 'true' }, why ? '✕' : '✓'), why ? 'Nothing can be sealed with this file' : 'The team’s keys can be used'),
    ...(why ? [make('p', { className: 'fault', data: { test: 'obstacle' } }, why)] : []),
    hint('The report is sealed to:'),
    ...sealedTo.map(({ fingerprint }) => line(code(grouped(fingerprint)))),
    hint('The policy, and this file itself, are to be signed by the key below. Compare it with what the project publishes elsewhere, and check this file: ',
      code('gpg --verify sealpost-offline.html.asc sealpost-offline.html')),
    line(code(grouped(identity.signed_by))),
  );
}

function showPromises(sections) {
  const list = ({ title, ordered, sentences }) =>
    make('section', {}, make('h2', {}, title), make(ordered ? 'ol' : 'ul', { className: ordered ? 'steps' : 'promises' }, ...sentences.map((one) => make('li', {}, one))));
  byId('promises').append(...sections.map(list));
  byId('promises').hidden = false;
}

async function base64(file) {
  const address = await new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => fail(new Error(`“${file.name}” could not be read. Take it out of the list, or choose it again.`));
    reader.readAsDataURL(file);
  });
  return address.slice(address.indexOf(',') + 1);
}

async function written() {
  const chosen = [...byId('files').files];
  const attachments = await Promise.all(
    chosen.map(async (file) => ({ name: file.name, content_type: file.type, base64: await base64(file) })),
  );
  const [title, text, product, versions, credit] = ['title', 'report', 'product', 'versions', 'credit'].map((id) => byId(id).value);
  const [exploited, isPublic] = ['exploited', 'public'].map((id) => byId(id).checked);
  return { title, text, product, versions, severity: byId('severity').value || null, exploited, public: isPublic, credit, attachments };
}

// Everything of one sealing: the words, the sealed report, the case's file and the reminders.
async function seal(checked) {
  const report = await written();
  const at = now();
  const desk = checked.policy.desks.find(({ role }) => role === 'team').id;
  const { words, case: id } = await ask({ ask: 'make-secret' });
  const { answer, ...sealed } = await ask({ ask: 'seal-report', bundle, desk, words, report, now: at });
  const text = JSON.stringify({ v: 1, made_at: at, cases: [], written: [{ bundle, report, sealed, at }] });
  const backup = await ask({ ask: 'seal-backup', text, words: [words] });
  const { severity, exploited } = report;
  const titles = { due: 'News is due: look whether it came', step: 'No answer yet? You may take the next step' };
  const plan = { ask: 'plan-reminders', policy: bundle.policy, severity, exploited, words, titles, now: at };
  return { id, words, sealed: sealed.sealed, backup: backup.text, calendar: (await ask(plan)).file };
}

const unsaved = new Set();
let isWritten = false;

// What the case needs stands out; the other two are for those who want them.
function saving(name, test, type, bytes, words) {
  unsaved.add(test);
  const className = test === 'save-case' ? 'button' : 'button quiet';
  const link = make('a', { download: name, href: URL.createObjectURL(new Blob([bytes], { type })), className, data: { test } }, `Save ${name}`);
  const done = make('span', { className: 'good', hidden: true }, 'Saved');
  link.addEventListener('click', () => {
    unsaved.delete(test);
    done.hidden = false;
  });
  return make('li', {}, make('div', { className: 'row' }, link, done), hint(words));
}

function steps({ policy }, names) {
  const { contact } = policy.identity;
  const origin = bundle.relay.origin;
  const step = (title, ...children) => make('li', {}, make('strong', {}, title), ...children);
  return make('ul', { className: 'teams' },
    step('With a browser', line('On a computer with a network open ', code(`${origin}/#/restore`), `, choose ${names.backup}, and type the 12 words. The report is sent at once, and that page keeps the clock.`)),
    step('Or with the command line', line(code(`sealpost case ${names.backup} `), make('code', { className: 'whole' }, '--words-file -'), ' sends it and shows what was promised.')),
    step('Or by mail', line(`Attach ${names.report} to a mail to `, code(contact), `. Subject and text are not sealed: say nothing of the problem there. Then note the date at `, code(`${origin}/#/track`), '.')));
}

function showSealed(checked, made) {
  const short = `${made.id.slice(0, 4)}-${made.id.slice(4, 8)}`;
  const names = { report: `report-${short}.pgp`, backup: `case-${short}.asc`, calendar: `reminders-${short}.ics` };
  const bytes = Uint8Array.from(atob(made.sealed), (letter) => letter.charCodeAt(0));
  const words = make('ol', { className: 'words', data: { test: 'words' } }, ...made.words.split(' ').map((word) => make('li', {}, word)));
  const back = make('button', { type: 'button', className: 'quiet', data: { test: 'change' } }, 'Change the report');
  back.addEventListener('click', () => show('form', 'Write a report offline'));
  byId('sealed').replaceChildren(
    make('h2', {}, '1. Write down these 12 words'),
    line('They open the team’s answers, and the file of this case. Keep them on paper, away from the files: whoever has both can read the report.'),
    words,
    make('h2', {}, '2. Save the case'),
    make('ul', { className: 'files' },
      saving(names.backup, 'save-case', PGP, made.backup, 'The one file you need: it sends the report from another computer and goes on with the case there. Only the 12 words open it.'),
      saving(names.report, 'save-report', PGP, bytes, 'Only if you send by mail: the sealed report. Only the team can read it, with gpg.'),
      saving(names.calendar, 'save-reminders', 'text/calendar', made.calendar, 'Dates for your calendar, counted as if you sent it now. Once it is sent, the case’s page gives the true ones, which take their place.')),
    make('h2', {}, '3. Send it'),
    line('Nothing was sent, and no clock runs yet: promises count from when the team’s server receives it.'),
    steps(checked, names),
    hint('Changing the report and sealing again makes another case, with other words and files. Throw these away then.'),
    back,
  );
  show('sealed', 'Sealed. Now save it');
}

function show(id, heading) {
  for (const part of ['form', 'sealed']) byId(part).hidden = part !== id;
  for (const part of ['lead', 'keys']) byId(part).hidden = id !== 'form';
  byId('heading').textContent = heading;
  byId('heading').focus();
  scrollTo(0, 0);
}

function complain(why) {
  byId('fault').textContent = why;
  byId('fault').hidden = false;
  byId('fault').focus();
}

async function submit(checked) {
  const button = byId('seal');
  byId('fault').hidden = true;
  button.disabled = true;
  button.textContent = 'Sealing…';
  try {
    showSealed(checked, await seal(checked));
  } catch (error) {
    complain(error.message);
  }
  button.disabled = false;
  button.textContent = 'Seal';
}

async function open() {
  const checked = await ask({ ask: 'check-bundle', bundle, now: now() });
  const why = obstacle(checked);
  const { name } = checked.policy.identity;
  document.title = `Report to ${name}, offline`;
  byId('lead').prepend(`For ${name}. `);
  showKeys(checked, why);
  showPromises(checked.explained);
  if (why) return;
  byId('form').hidden = false;
  byId('form').addEventListener('input', () => { isWritten = true; });
  byId('form').addEventListener('submit', (event) => {
    event.preventDefault();
    submit(checked);
  });
}

// Nothing is kept here, so leaving with something unsaved is asked about. The calendar is no loss.
addEventListener('beforeunload', (event) => {
  const isSealed = !byId('sealed').hidden;
  if (isSealed ? unsaved.has('save-case') && unsaved.has('save-report') : isWritten) event.preventDefault();
});

open().catch((error) => {
  byId('keys').dataset.state = 'unusable';
  byId('keys').replaceChildren(make('p', { className: 'fault', data: { test: 'obstacle' } }, error.message));
});
