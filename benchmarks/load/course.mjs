import { createHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { vitalsOf } from './vitals.mjs';

/** ms between two samples; of long runs, more. */
const SAMPLE = 1_000;

/** Samples of a run, about. */
const SAMPLES = 1_200;

/** What a run was like, from its begin to its end: samples in time, and latencies of each kind of request in each scene. */
export class Course {
  began = performance.now();
  samples = [];
  /** `{ name, from, to }` in seconds. */
  scenes = [];
  #histograms = new Map();
  #requests = 0;
  #slowest = 0;
  #sampling;
  #stop = new AbortController();

  /** @param scope `{ application, storePort, policy, seconds }`. */
  constructor(scope) {
    this.#sampling = this.#sample(scope);
  }

  get now() {
    return (performance.now() - this.began) / 1000;
  }

  /** Told of each request. */
  record = (kind, ms) => {
    this.#requests++;
    this.#slowest = Math.max(this.#slowest, ms);
    const scene = this.scenes.at(-1)?.name;
    if (scene === undefined) return;
    const name = `${scene}\n${kind}`;
    const histogram = this.#histograms.get(name) ?? createHistogram();
    this.#histograms.set(name, histogram);
    histogram.record(Math.max(1, Math.round(ms * 1000)));
  };

  begin(name) {
    this.finish();
    this.scenes.push({ name, from: this.now, to: this.now });
  }

  finish() {
    const scene = this.scenes.at(-1);
    if (scene !== undefined) scene.to = this.now;
  }

  /** @returns a row for each scene and kind; latencies in ms. */
  latencies() {
    return [...this.#histograms].map(([name, histogram]) => {
      const [scene, kind] = name.split('\n');
      const ms = (percentile) => histogram.percentile(percentile) / 1000;
      const { count, max } = histogram;
      return { scene, kind, count, p50: ms(50), p95: ms(95), p99: ms(99), max: max / 1000 };
    });
  }

  async close() {
    this.#stop.abort();
    await this.#sampling;
  }

  async #sample({ application, storePort, policy, seconds }) {
    const every = Math.max(SAMPLE, (seconds * 1000) / SAMPLES);
    let before = { at: this.now, requests: 0, errors: 0 };
    while (!this.#stop.signal.aborted) {
      await sleep(every, undefined, { signal: this.#stop.signal }).catch(() => {}); // it is time to end
      if (this.#stop.signal.aborted) return;
      const vitals = await Promise.all(
        application.instances.map((instance) =>
          vitalsOf(instance, application.metricsToken, storePort).catch(() => ({})),
        ),
      );
      const errors = Object.values(policy.counts).reduce((sum, count) => sum + count, 0);
      const now = { at: this.now, requests: this.#requests, errors };
      const seconds = now.at - before.at;
      this.samples.push({
        at: now.at,
        requests: (now.requests - before.requests) / seconds,
        errors: (now.errors - before.errors) / seconds,
        slowest: this.#slowest,
        instances: vitals,
      });
      this.#slowest = 0;
      before = now;
    }
  }
}
