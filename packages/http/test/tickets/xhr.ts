/** As much of a browser's `XMLHttpRequest` as Uppy uses, over `fetch`. */
export class FetchRequest extends EventTarget {
  readonly upload = new EventTarget();
  responseType = '';
  timeout = 0;
  status = 0;
  responseText = '';
  readonly #headers = new Headers();
  readonly #aborted = new AbortController();
  #method = 'GET';
  #url = '';
  #answer = new Headers();

  open(method: string, url: string): void {
    this.#method = method;
    this.#url = url;
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers.set(name, value);
  }

  getAllResponseHeaders(): string {
    return [...this.#answer].map(([name, value]) => `${name}: ${value}`).join('\r\n');
  }

  abort(): void {
    this.#aborted.abort();
    this.dispatchEvent(new Event('abort'));
  }

  send(body: Blob | FormData): void {
    const { signal } = this.#aborted;
    fetch(this.#url, { method: this.#method, headers: this.#headers, body, signal })
      .then(async (response) => {
        this.#answer = response.headers;
        this.status = response.status;
        this.responseText = await response.text();
        this.dispatchEvent(new Event('load'));
      })
      .catch(() => this.dispatchEvent(new Event('error')));
  }
}
