// Applies a chosen theme before the first paint; without a choice the system's holds.
const parameters = new URLSearchParams(location.search);
if (parameters.has('embed')) document.documentElement.dataset.embed = '';
if (parameters.has('readonly')) document.documentElement.dataset.readonly = '';
try {
  const theme = parameters.get('theme') ?? localStorage.getItem('layerlab.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is denied: the system's theme holds.
}
