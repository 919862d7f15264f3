// The Real build panel; loaded when it is first opened. What comes from the companion is shown
// as text, never as markup.
import { Companion, archive, remember, remembered } from './companion.js';
import { element, ready } from './dom.js';

const MAX_LOG = 400_000;

/** What goes on outlives the panel: the view may be left and come back to. */
const state = {
  companion: null,
  about: null,
  build: null,
  steps: [],
  log: '',
  error: '',
  outcome: null,
  comparison: null,
  base: '',
  running: null,
  output: '',
};
let panel = null;

function bytes(count) {
  const units = ['B', 'kB', 'MB', 'GB'];
  let place = 0;
  let value = count;
  while (Math.abs(value) >= 1000 && place < 3) {
    value /= 1000;
    place += 1;
  }
  return place === 0 ? `${count} B` : `${value.toPrecision(3)} ${units[place]}`;
}

function off({ estimate, truth }) {
  if (estimate.bytes === truth) return 'exact';
  if (truth === 0) return `+${bytes(estimate.bytes)}`;
  const percent = ((estimate.bytes - truth) / truth) * 100;
  return `${percent > 0 ? '+' : ''}${percent.toFixed(2)}%`;
}

/** Opens the panel in a place. */
export function mount(place) {
  panel = { place };
  draw();
  if (!state.companion && remembered().token) connect(remembered().address, remembered().token, true);
  return {
    destroy() {
      panel = null;
    },
  };
}

async function connect(address, token, quiet = false) {
  const companion = new Companion(address, token);
  try {
    state.about = await companion.version();
    state.companion = companion;
    state.error = '';
    remember(address, token);
  } catch (error) {
    state.companion = null;
    state.error = quiet ? '' : error.message;
  }
  draw();
}

async function build(noCache) {
  const project = JSON.parse(globalThis.layerlab.project());
  Object.assign(state, { steps: [], log: '', error: '', outcome: null, comparison: null, running: null, output: '' });
  try {
    if (project.dockerfile_text || project.contexts) {
      throw new Error('named contexts and Dockerfiles from outside the context are not built for real');
    }
    const { blob, unknown } = archive(project);
    if (unknown > 0) state.log += `${unknown} files are known by their size only: zeros are sent in their place\n`;
    const spec = { dockerfile: project.dockerfile, args: JSON.stringify(project.build_args ?? {}) };
    if (project.target) spec.target = project.target;
    if (project.platform) spec.platform = project.platform;
    if (noCache) spec.no_cache = 'true';
    state.build = await state.companion.start(spec, blob);
    draw();
    const { id } = state.build;
    await state.companion.follow(id, heard);
    if (state.outcome.state === 'succeeded') {
      const truth = JSON.parse(await state.companion.image(id));
      await ready();
      const answer = await globalThis.layerlab.ask({ ask: 'compare', truth });
      if (answer.problem) throw new Error(answer.problem);
      state.comparison = answer.comparison;
      state.base = JSON.parse(globalThis.layerlab.report()).base?.reference;
    }
  } catch (error) {
    state.error = error.message;
    state.build = null;
  }
  draw();
}

function heard(event) {
  switch (event.type) {
    case 'waiting':
      state.position = event.position;
      break;
    case 'started':
      state.position = null;
      break;
    case 'step':
      state.steps[event.step] = { ...state.steps[event.step], ...event };
      break;
    case 'progress': {
      const step = (state.steps[event.step] ??= { name: '' });
      step.progress = event.total ? `${bytes(event.current)} of ${bytes(event.total)}` : bytes(event.current);
      break;
    }
    case 'log':
      state.log = (state.log + event.text).slice(-MAX_LOG);
      break;
    case 'truncated':
      state.log += '\n… (there is more than the companion keeps)\n';
      break;
    case 'finished':
      state.outcome = event;
      break;
    default:
  }
  scheduled ??= requestAnimationFrame(() => {
    scheduled = null;
    draw();
  });
}
let scheduled = null;

async function start(command) {
  state.output = '';
  state.running = new AbortController();
  draw();
  const spec = command ? { command: words(command) } : {};
  try {
    await state.companion.run(state.build.id, spec, (event) => {
      if (event.type === 'log') state.output = (state.output + event.text).slice(-MAX_LOG);
      if (event.type === 'refused') state.output += `It does not start: ${event.message}\n`;
      if (event.type === 'exited') {
        const why = event.timed_out ? ' (its time was over)' : event.out_of_memory ? ' (out of memory)' : '';
        state.output += `It ended with exit code ${event.code}${why}.\n`;
      }
      draw();
    }, state.running.signal);
  } catch (error) {
    if (error.name !== 'AbortError') state.output += `${error.message}\n`;
  }
  state.running = null;
  draw();
}

/** The words of a command line; quotes keep blanks. */
function words(line) {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3]);
}

/** Draws the panel anew; the cursor stays where it was, and the log at its end. */
function draw() {
  if (!panel) return;
  const focused = document.activeElement?.id;
  const kept = Object.fromEntries(
    [...panel.place.querySelectorAll('input')].map((input) => [input.id, input.type === 'checkbox' ? input.checked : input.value]),
  );
  const busy = state.build !== null && state.outcome === null && state.error === '';
  panel.place.replaceChildren(
    ...(state.companion ? [connected(busy, kept)] : [connection(kept)]),
    ...(state.error ? [element('p', { className: 'bad', role: 'alert', id: 'real-error' }, state.error)] : []),
    ...progress(),
    ...(state.comparison ? [comparison(state.comparison)] : []),
    ...(state.outcome?.state === 'succeeded' && state.companion ? [container(kept)] : []),
  );
  if (focused && panel.place.querySelector(`#${CSS.escape(focused)}`)) {
    panel.place.querySelector(`#${CSS.escape(focused)}`).focus({ preventScroll: true });
  }
  for (const log of panel.place.querySelectorAll('pre')) log.scrollTop = log.scrollHeight;
}

function connection(kept) {
  const usual = remembered();
  const address = element('input', { id: 'real-address', type: 'url', required: true, value: kept['real-address'] ?? usual.address });
  const token = element('input', { id: 'real-token', type: 'password', required: true, autocomplete: 'off', value: kept['real-token'] ?? usual.token });
  const form = element('form', { className: 'real-form' },
    element('p', {}, 'A companion builds the same Dockerfile on a container engine of yours, and the truth is shown beside the estimate. Start it with ', element('code', {}, 'layerlab serve'), ' and open the link that it prints, or give its address and token:'),
    element('label', {}, 'Address ', address),
    element('label', {}, 'Token ', token),
    element('button', { type: 'submit', id: 'real-connect' }, 'Connect'),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    connect(address.value, token.value);
  });
  return form;
}

function connected(busy, kept) {
  const { engine } = state.about;
  const noCache = element('input', { id: 'real-no-cache', type: 'checkbox', checked: kept['real-no-cache'] ?? false, disabled: busy });
  const go = element('button', { type: 'button', id: 'real-build', disabled: busy }, 'Build for real');
  go.addEventListener('click', () => build(noCache.checked));
  const stop = element('button', { type: 'button', id: 'real-cancel', hidden: !busy }, 'Cancel');
  stop.addEventListener('click', () => state.companion.cancel(state.build.id).catch((error) => {
    state.error = error.message;
    draw();
  }));
  const leave = element('button', { type: 'button', id: 'real-leave', disabled: busy }, 'Disconnect');
  leave.addEventListener('click', () => {
    remember(state.companion.address, '');
    state.companion = null;
    draw();
  });
  return element('div', { className: 'row real-actions' }, go, element('label', {}, noCache, ' without the build cache'), stop, leave,
    element('p', { className: 'quiet' }, `Engine ${engine.version} (${engine.os}/${engine.arch}, ${engine.builder}) at ${state.companion.address}`));
}

function progress() {
  const out = [];
  const { outcome, build: current } = state;
  let status = '';
  if (outcome) status = { succeeded: 'The build succeeded.', failed: 'The build failed.', cancelled: 'The build was cancelled.', 'timed-out': 'The build took too long.' }[outcome.state];
  else if (current && state.position > 0) status = `Waiting: ${state.position} before it.`;
  else if (current && !state.error) status = 'Building…';
  out.push(element('p', { role: 'status', id: 'real-status', 'data-state': outcome?.state ?? '' }, status));
  if (outcome?.error) out.push(element('pre', { className: 'bad', tabIndex: 0, id: 'real-failure' }, outcome.error));
  const steps = state.steps.filter((step) => step?.name);
  if (steps.length > 0) {
    out.push(element('ol', { className: 'steps', 'aria-label': 'Steps' }, ...steps.map((step) => {
      const how = { running: step.progress ?? 'running', done: step.seconds === undefined ? 'done' : `${step.seconds.toFixed(1)} s`, cached: 'from the build cache', failed: 'failed' }[step.state] ?? '';
      return element('li', { 'data-state': step.state ?? '' }, element('code', {}, step.name), ' ', element('span', { className: step.state === 'failed' ? 'bad' : 'quiet' }, how));
    })));
  }
  if (state.log) out.push(element('pre', { className: 'log', role: 'log', 'aria-label': 'Output of the build', tabIndex: 0 }, state.log));
  return out;
}

function comparison(found) {
  const row = (what, pair, more, measure) => element('tr', {},
    element('th', { scope: 'row' }, what),
    element('td', {}, bytes(pair.estimate.bytes)),
    element('td', {}, bytes(pair.truth)),
    element('td', {}, off(pair), inRange(pair) ? '' : ' (out of the range)'),
    element('td', {}, more),
    element('td', {}, measure),
  );
  const use = (what, action) => {
    const button = element('button', { type: 'button', 'aria-label': `Use what was measured of ${what} from now on` }, 'Use');
    button.addEventListener('click', () => {
      action();
      button.disabled = true;
      button.textContent = 'In use';
    });
    return button;
  };
  const heads = ['What', 'Estimate', 'Real', 'Off by', 'Files', 'As catalog'].map((text) => element('th', { scope: 'col' }, text));
  const table = element('table', { className: 'compare', id: 'real-comparison' },
    element('caption', {}, 'The estimate beside the truth'),
    element('thead', {}, element('tr', {}, ...heads)),
    element('tbody', {},
      row('Image', found.size, '', ''),
      row('Base image', found.base, '', found.base.estimate.bytes === found.base.truth ? '' : use('the base image', () => globalThis.layerlab.measured(`FROM ${state.base}`, found.base.truth))),
      ...found.layers.filter((layer) => layer.size.truth > 0 || layer.size.estimate.bytes > 0).map((layer) =>
        row(`${layer.line}: ${layer.instruction}`, layer.size, files(layer), layer.size.estimate.bytes === layer.size.truth ? '' : use(`line ${layer.line}`, () => globalThis.layerlab.measured(layer.instruction, layer.size.truth)))),
    ));
  const lists = [
    ['Packages that the estimate lacks', found.missing_packages.map((own) => `${own.manager} ${own.name} ${own.version}`)],
    ['Packages that the image lacks, or has in another version', found.surplus_packages.map((own) => `${own.manager} ${own.name} ${own.version}`)],
    ['Config that differs', found.config.map(([name, estimate, truth]) => `${name}: ${estimate || 'nothing'} for ${truth || 'nothing'}`)],
  ].filter(([, list]) => list.length > 0).map(([title, list]) =>
    element('details', {}, element('summary', {}, `${title} (${list.length})`), element('ul', {}, ...list.slice(0, 200).map((text) => element('li', {}, text)))));
  return element('section', { 'aria-label': 'Comparison' }, element('div', { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Comparison table' }, table), ...lists);
}

function inRange({ estimate, truth }) {
  return estimate.low <= truth && truth <= estimate.high;
}

function files(layer) {
  const kinds = [['only in the real layer', layer.missing], ['only in the estimate', layer.surplus], ['different', layer.differing]].filter(([, paths]) => paths.count > 0);
  if (kinds.length === 0) return 'the same';
  return element('details', {}, element('summary', {}, kinds.map(([what, paths]) => `${paths.count} ${what}`).join(', ')),
    element('ul', {}, ...kinds.flatMap(([what, paths]) => paths.first.map((path) => element('li', {}, `${path} (${what})`)))));
}

function container(kept) {
  const command = element('input', { id: 'real-command', type: 'text', placeholder: "the image's own", value: kept['real-command'] ?? '', autocomplete: 'off' });
  const go = element('button', { type: 'submit', id: 'real-run', disabled: state.running !== null }, 'Start it');
  const stop = element('button', { type: 'button', id: 'real-stop', hidden: state.running === null }, 'Stop');
  stop.addEventListener('click', () => state.running?.abort());
  const form = element('form', { className: 'row' }, element('label', {}, 'Command ', command), go, stop);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    start(command.value.trim());
  });
  return element('section', { 'aria-label': 'Does it start?' }, element('h2', {}, 'Does it start?'), form,
    ...(state.output ? [element('pre', { className: 'log', role: 'log', 'aria-label': 'Output of the container', tabIndex: 0, id: 'real-output' }, state.output)] : []));
}
