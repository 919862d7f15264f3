/** Layerlab in other pages, version 1 (embedding.md). */
export interface LayerlabFile {
  path: string;
  data: { text: string } | { bytes: string } | { size: number } | { link: string } | 'directory';
  mode?: number;
}

export interface LayerlabProject {
  files: LayerlabFile[];
  dockerfile: string;
  build_args?: Record<string, string>;
  target?: string;
  platform?: string;
}

export interface LayerlabSize {
  bytes: number;
  low: number;
  high: number;
  basis: 'measured' | 'published' | 'modelled' | 'assumed';
}

export interface LayerlabSummary {
  success: boolean;
  error: { kind: string; line: number | null; message: string } | null;
  size: LayerlabSize;
  target: string;
  base: string | null;
  stages: number;
  layers: number;
}

export interface LayerlabPlayground extends HTMLElement {
  readonly ready: Promise<void>;
  open(): Promise<void>;
  getProject(): Promise<LayerlabProject>;
  getReport(): Promise<object>;
  setProject(project: LayerlabProject): Promise<void>;
  show(view: string): Promise<void>;
}

declare global {
  interface HTMLElementTagNameMap {
    'layerlab-playground': LayerlabPlayground;
  }
  interface HTMLElementEventMap {
    'layerlab-ready': CustomEvent<object>;
    'layerlab-changed': CustomEvent<object>;
    'layerlab-simulated': CustomEvent<{ report: LayerlabSummary }>;
    'layerlab-height': CustomEvent<{ height: number }>;
    'layerlab-pinned': CustomEvent<object>;
    'layerlab-check': CustomEvent<{ step: number; passed: boolean }>;
    'layerlab-question': CustomEvent<{ step: number; question: number; passed: boolean }>;
    'layerlab-lesson': CustomEvent<{ title: string; completed: boolean }>;
  }
}
