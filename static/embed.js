// Layerlab in other pages: <layerlab-playground>, and Dockerfile code blocks that can be tried
// (docs/embedding.md). Version 1. No dependency; nothing else is loaded before it is wanted.
(() => {
  const VERSION = 1;
  const script = document.currentScript;
  const home = new URL('./', script?.src ?? document.querySelector('script[src*="embed.js"]').src);
  if (customElements.get('layerlab-playground')) return;

  /** A file of a project. */
  const file = (path, text) => ({ path, data: { text } });

  class Playground extends HTMLElement {
    #frame = null;
    #waiting = new Map();
    #next = 0;
    #ready;
    #project = null;
    #heard = (event) => this.#hear(event);

    constructor() {
      super();
      this.ready = new Promise((done) => { this.#ready = done; });
    }

    connectedCallback() {
      this.style.display ||= 'block';
      window.addEventListener('message', this.#heard);
      if (this.#frame) return;
      // Heavy parts are loaded when it comes near the screen.
      const near = new IntersectionObserver((seen) => {
        if (!seen.some((entry) => entry.isIntersecting)) return;
        near.disconnect();
        this.open();
      }, { rootMargin: '200px' });
      near.observe(this);
    }

    disconnectedCallback() {
      window.removeEventListener('message', this.#heard);
    }

    /** Loads the playground now. */
    async open() {
      if (this.#frame) return;
      const page = new URL('index.html', home);
      if (this.hasAttribute('lesson')) page.searchParams.set('lesson', this.getAttribute('lesson'));
      page.searchParams.set('embed', '');
      page.searchParams.set('host', location.origin);
      for (const name of ['view', 'theme', 'budget']) {
        if (this.hasAttribute(name)) page.searchParams.set(name, this.getAttribute(name));
      }
      if (this.hasAttribute('readonly')) page.searchParams.set('readonly', '');
      this.#frame = Object.assign(document.createElement('iframe'), {
        title: this.getAttribute('label') ?? 'Dockerfile playground',
        allow: 'clipboard-write',
      });
      const height = this.getAttribute('height') ?? '36rem';
      Object.assign(this.#frame.style, { width: '100%', border: '0', height: height === 'auto' ? '36rem' : height });
      const files = this.#inline();
      try {
        this.#project = await this.#given(files);
      } catch (error) {
        const problem = document.createElement('p');
        problem.setAttribute('role', 'alert');
        problem.textContent = `The playground cannot be opened: ${error.message}`;
        this.append(problem);
        return;
      }
      // Its own project is pinned when it is set; without one, what the page begins with.
      if (this.hasAttribute('compare') && !this.#project) page.searchParams.set('compare', '');
      this.#frame.src = page.href;
      this.append(this.#frame);
    }

    /** Files that stand in the element itself. */
    #inline() {
      return [...this.querySelectorAll('script[type="text/layerlab"]')]
        .map((own) => file(own.dataset.file ?? 'Dockerfile', own.textContent.replace(/^\n/, '')));
    }

    /** The project that the attributes and the content describe. */
    async #given(files) {
      const load = async (address) => {
        const response = await fetch(new URL(address, document.baseURI));
        if (!response.ok) throw new Error(`${address}: ${response.status}`);
        return response;
      };
      if (this.hasAttribute('src')) return (await load(this.getAttribute('src'))).json();
      if (this.hasAttribute('dockerfile')) {
        files.unshift(file('Dockerfile', await (await load(this.getAttribute('dockerfile'))).text()));
      }
      if (this.#project || files.length === 0) return this.#project;
      return { files, dockerfile: files[0].path, ...(this.hasAttribute('target') && { target: this.getAttribute('target') }) };
    }

    #hear({ source, origin, data }) {
      if (source !== this.#frame?.contentWindow || origin !== home.origin || data?.layerlab !== VERSION) return;
      const asked = this.#waiting.get(data.id);
      if (asked) {
        this.#waiting.delete(data.id);
        if (data.type === 'problem') asked.fail(new Error(data.message));
        else asked.done(data.project ?? data.report);
        return;
      }
      if (data.type === 'ready') {
        if (this.#project) this.#say({ type: 'set', project: this.#project, pin: this.hasAttribute('compare') });
        this.#ready();
      }
      if (data.type === 'height' && this.getAttribute('height') === 'auto') this.#frame.style.height = `${data.height}px`;
      const { type, layerlab, ...detail } = data;
      this.dispatchEvent(new CustomEvent(`layerlab-${type}`, { detail, bubbles: true }));
    }

    #say(message) {
      this.#frame.contentWindow.postMessage({ layerlab: VERSION, ...message }, home.origin);
    }

    async #ask(message) {
      this.open();
      await this.ready;
      const id = this.#next++;
      return new Promise((done, fail) => {
        this.#waiting.set(id, { done, fail });
        this.#say({ ...message, id });
      });
    }

    /** The project as it is now. */
    getProject() { return this.#ask({ type: 'get' }); }

    /** The whole report of the last simulation. */
    getReport() { return this.#ask({ type: 'report' }); }

    /** Opens a project. */
    async setProject(project) {
      if (!this.#frame) this.#project = project;
      return this.#ask({ type: 'set', project });
    }

    /** Opens a view by its name. */
    async show(view) {
      await this.ready;
      this.#say({ type: 'show', view });
    }
  }
  customElements.define('layerlab-playground', Playground);

  /** Turns a code block into a playground that is loaded when it is wanted. */
  function upgrade(code) {
    const block = code.closest('pre') ?? code;
    if (block.dataset.layerlab !== undefined) return;
    block.dataset.layerlab = '';
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'layerlab-try', textContent: 'Try it' });
    button.addEventListener('click', () => {
      const playground = document.createElement('layerlab-playground');
      for (const name of ['height', 'theme', 'view', 'budget']) {
        const value = block.dataset[name] ?? script?.dataset[name];
        if (value) playground.setAttribute(name, value);
      }
      // The block before, where both belong together, is A of the comparison.
      const before = block.dataset.after !== undefined && document.querySelector(`[data-before="${CSS.escape(block.dataset.after)}"]`);
      const own = document.createElement('script');
      own.type = 'text/layerlab';
      own.dataset.file = 'Dockerfile';
      own.textContent = (before || code).innerText;
      playground.append(own);
      if (before) {
        playground.setAttribute('compare', '');
        playground.addEventListener('layerlab-pinned', () => {
          playground.setProject({ files: [file('Dockerfile', code.innerText)], dockerfile: 'Dockerfile' });
          playground.show('compare');
        }, { once: true });
      }
      button.replaceWith(playground);
      playground.open();
      playground.focus();
    });
    block.after(button);
  }

  const selector = script?.dataset.upgrade;
  if (selector !== undefined) {
    const all = () => document.querySelectorAll(selector || 'pre > code.language-dockerfile').forEach(upgrade);
    if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', all);
    else all();
  }
})();
