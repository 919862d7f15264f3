// Applies a chosen theme before the first paint; without a choice the system's holds.
try {
  const theme = localStorage.getItem('layerlab.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is denied: the system's theme holds.
}
