import type { LimitsState } from '../../../server/migration/state.js';
import { element } from '../../dom/element.js';
import { busy, button } from '../../parts/button.js';
import { card } from '../../parts/card.js';
import { field } from '../../parts/field.js';
import type { LiveState } from './live-state.js';
import { drawnFrom, type Panel } from './panel.js';

const MB = 1_000_000;

/** How hard it may work: changed at once, for files under way, too. */
export function limitsPanel(live: LiveState): Panel {
  const files = field({
    ...{
      label: 'Files at once',
      name: 'concurrency',
      hint: '1 to 256, or auto: as many as the target bears',
    },
  });
  const rate = field({
    ...{ label: 'Bandwidth in MB/s', name: 'bandwidth', hint: 'Empty: no limit' },
  });
  files.input.inputMode = 'text';
  rate.input.inputMode = 'decimal';
  const save = button({ text: 'Apply', submit: true });
  const form = element(
    'form',
    {
      class: 'limits-form',
      novalidate: true,
      on: {
        submit: (event) => {
          event.preventDefault();
          const wanted = read();
          if (wanted !== undefined)
            void busy(save, live.setLimits(wanted)).then(() => (edited = false));
        },
        input: () => {
          edited = true;
        },
      },
    },
    files.view,
    rate.view,
    save,
  );
  let edited = false;

  const read = () => {
    const concurrency = readConcurrency(files.input.value);
    const bandwidth = readBandwidth(rate.input.value);
    if (concurrency === undefined) files.fail('A whole number from 1 to 256, or auto.');
    if (bandwidth === undefined) rate.fail('A number of megabytes a second, at least 0.01.');
    return concurrency === undefined || bandwidth === undefined
      ? undefined
      : { concurrency, bandwidth };
  };

  return {
    view: card({ title: 'Limits' }, form),
    show: drawnFrom(
      ({ limits }) => limits,
      (limits) => {
        if (!edited) write(limits, files.input, rate.input);
      },
    ),
  };
}

function write(
  { concurrency, bandwidth }: LimitsState,
  files: HTMLInputElement,
  rate: HTMLInputElement,
): void {
  files.value = String(concurrency);
  rate.value = bandwidth === null ? '' : String(bandwidth / MB);
}

function readConcurrency(text: string): number | 'auto' | undefined {
  const given = text.trim().toLowerCase();
  if (given === 'auto') return 'auto';
  const value = Number(given);
  return given !== '' && Number.isInteger(value) && value >= 1 && value <= 256 ? value : undefined;
}

function readBandwidth(text: string): number | null | undefined {
  const given = text.trim().replace(',', '.');
  if (given === '') return null;
  const value = Math.round(Number(given) * MB);
  return Number.isFinite(value) && value >= MB / 100 ? value : undefined;
}
