// The page as a part of another one (docs/embedding.md): messages from and to its host. What the
// host says is a project to simulate, and nothing else; what the visitor keeps is not touched.

const VERSION = 1;

/** The summary of a report that hosts are told. */
function summary(report) {
  return {
    success: report.success,
    error: report.error && { kind: report.error.kind, line: report.error.line, message: report.error.message },
    size: report.size,
    target: report.target,
    base: report.base?.reference ?? null,
    stages: report.stages.length,
    layers: report.layers.filter((layer) => !layer.empty).length,
  };
}

export function start(page) {
  const parameters = new URLSearchParams(location.search);
  const host = parameters.get('host');
  const view = parameters.get('view');
  const budget = Number(parameters.get('budget'));
  if (view) page.show(view);
  if (budget > 0) page.budget(budget);
  if (window.parent === window || !host) return;

  // A page from a file has no origin to name; what is said is of its own project all the same.
  const target = host === 'null' ? '*' : host;
  const say = (message) => window.parent.postMessage({ layerlab: VERSION, ...message }, target);
  let last = '';
  let pin = parameters.has('compare');
  window.addEventListener('layerlab-report', () => {
    const project = page.project();
    const report = JSON.parse(page.report());
    if (project !== last) {
      last = project;
      say({ type: 'changed' });
    }
    say({ type: 'simulated', report: summary(report) });
    const complete = report.missing_files.length === 0 && document.querySelector('.image').dataset.engine === 'full';
    if (pin && complete) {
      pin = false;
      page.pin();
      say({ type: 'pinned' });
    }
  });
  window.addEventListener('message', (event) => {
    if (event.source !== window.parent || event.origin !== host || event.data?.layerlab !== VERSION) return;
    const { type, id } = event.data;
    try {
      if (type === 'set') {
        page.open(JSON.stringify(event.data.project));
        if (event.data.pin) pin = true;
        say({ type: 'done', id });
      } else if (type === 'get') {
        say({ type: 'project', id, project: JSON.parse(page.project()) });
      } else if (type === 'report') {
        say({ type: 'report', id, report: JSON.parse(page.report() || 'null') });
      } else if (type === 'show') {
        page.show(String(event.data.view));
      }
    } catch (error) {
      say({ type: 'problem', id, message: error.message });
    }
  });
  window.addEventListener('layerlab-lesson', ({ detail }) => say(detail));
  let height = 0;
  new ResizeObserver(() => {
    const now = document.documentElement.scrollHeight;
    if (Math.abs(now - height) < 8) return;
    height = now;
    say({ type: 'height', height });
  }).observe(document.body);
  say({ type: 'ready' });
}
