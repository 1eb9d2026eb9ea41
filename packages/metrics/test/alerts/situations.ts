/** What Prometheus has scraped once a minute, and what is to come of it. */
export interface Situation {
  readonly alert: string;
  readonly situation: string;
  /** Values by series, as promtool writes them: `0+30x5` begins at 0 and grows by 30 five times. */
  readonly series: Readonly<Record<string, string>>;
  readonly fires: {
    readonly at: string;
    readonly alerts: readonly {
      readonly labels: Readonly<Record<string, string>>;
      readonly value: string;
    }[];
  };
  /** When nothing fires. */
  readonly quiet: readonly string[];
}

const critical = (labels: Readonly<Record<string, string>> = {}) => ({
  ...{ severity: 'critical', ...labels },
});
const warning = (labels: Readonly<Record<string, string>> = {}) => ({
  ...{ severity: 'warning', ...labels },
});

const fine = 'storage_operations_total{provider="p",operation="stat",outcome="success"}';
const failed = (code: string) =>
  `storage_operations_total{provider="p",operation="stat",outcome="failure",code="${code}"}`;

/** Each rule, where it fires and where it does not. */
export const SITUATIONS: readonly Situation[] = [
  {
    alert: 'StorageFailureRate',
    situation: 'a quarter of the operations fails, in all processes together',
    series: {
      [`${fine.slice(0, -1)},instance="a"}`]: '0+60x20',
      [`${fine.slice(0, -1)},instance="b"}`]: '0+30x20',
      [failed('Timeout')]: '0+20x20',
      [failed('Unknown')]: '0+10x20',
    },
    fires: { at: '10m', alerts: [{ labels: critical({ provider: 'p' }), value: '0.25' }] },
    quiet: ['2m'],
  },
  {
    alert: 'StorageFailureRate',
    situation: 'too few operations say nothing, and neither do answers of a healthy store',
    series: {
      [failed('Timeout')]: '0+1x20',
      'storage_operations_total{provider="q",operation="stat",outcome="failure",code="NotFound"}':
        '0+100x20',
    },
    fires: { at: '10m', alerts: [] },
    quiet: ['20m'],
  },
  {
    alert: 'StorageThrottled',
    situation: 'a store asks to slow down more than ten times in five minutes, for five minutes',
    series: { [failed('Throttled')]: '0+4x15 60x15' },
    fires: { at: '12m', alerts: [{ labels: warning({ provider: 'p' }), value: '20' }] },
    quiet: ['5m', '25m'],
  },
  {
    alert: 'StorageCircuitOpen',
    situation: 'it is open, or half open, for a minute',
    series: { 'storage_circuit_open{provider="p"}': '0 0 1 0.5 0.5 0 0' },
    fires: { at: '4m', alerts: [{ labels: critical({ provider: 'p' }), value: '0.5' }] },
    quiet: ['1m', '2m', '5m'],
  },
  {
    alert: 'StorageUnhealthy',
    situation: 'of two stores, one has not been healthy for two minutes',
    series: {
      'storage_healthy{provider="p"}': '1 0 0 0 0 1 1',
      'storage_healthy{provider="q"}': '1x10',
    },
    fires: { at: '4m', alerts: [{ labels: critical({ provider: 'p' }), value: '0' }] },
    quiet: ['0m', '2m', '5m'],
  },
  {
    alert: 'StorageNotWritable',
    situation: 'no file can be written for a while',
    series: { 'storage_writable{provider="p"}': '1x2 0x5 1x5' },
    fires: { at: '6m', alerts: [{ labels: critical({ provider: 'p' }), value: '0' }] },
    quiet: ['2m', '10m'],
  },
  {
    alert: 'StorageDiskFilling',
    situation: 'one of two disks has less than a tenth of its room left',
    series: {
      'storage_disk_free_bytes{disk="journal"}': '50x5 5x10',
      'storage_disk_size_bytes{disk="journal"}': '100x15',
      'storage_disk_free_bytes{disk="source"}': '10x15',
      'storage_disk_size_bytes{disk="source"}': '100x15',
      'storage_disk_free_bytes{disk="odd"}': '0x15',
      'storage_disk_size_bytes{disk="odd"}': '0x15',
    },
    fires: { at: '12m', alerts: [{ labels: warning({ disk: 'journal' }), value: '0.05' }] },
    quiet: ['5m', '9m'],
  },
  {
    alert: 'StorageSpoolGrowing',
    situation: 'it grows for longer than ten minutes, and then is drained',
    series: { 'storage_spool_entries{provider="p"}': '0x10 0+2x15 30-10x3 0x20' },
    fires: { at: '25m', alerts: [{ labels: warning({ provider: 'p' }), value: '20' }] },
    quiet: ['10m', '15m', '40m'],
  },
  {
    alert: 'StorageSpoolFull',
    situation: 'a write was refused',
    series: {
      'storage_spool_events_total{provider="p",event="full"}': '0 0 1 1 1 1 1 1 1 1 1 1',
      'storage_spool_events_total{provider="p",event="spooled"}': '0+9x11',
    },
    fires: { at: '3m', alerts: [{ labels: critical({ provider: 'p' }), value: '1' }] },
    quiet: ['1m', '10m'],
  },
  {
    alert: 'StorageFallbackReads',
    situation: 'the source is read, by another process than the one that tells of the cutover',
    series: {
      'storage_fallback_reads_total{provider="p",reason="not-copied",instance="a"}': '0+3x20',
      'storage_cut_over{instance="b"}': '0x10 1x10',
    },
    fires: { at: '15m', alerts: [{ labels: critical({ provider: 'p' }), value: '15' }] },
    quiet: ['5m', '10m'],
  },
  {
    alert: 'StorageMigrationStalled',
    situation: 'a run gets on again after eleven minutes',
    series: { storage_migration_idle_seconds: '0+60x11 0x5' },
    fires: { at: '11m', alerts: [{ labels: critical(), value: '660' }] },
    quiet: ['10m', '13m'],
  },
  {
    alert: 'StorageMigrationStopped',
    situation: 'failures have stopped a run',
    series: {
      'storage_migration_runs_total{kind="migrate",outcome="stopped"}': '0 0 1x40',
      'storage_migration_runs_total{kind="verify",outcome="complete"}': '0+1x40',
    },
    fires: { at: '16m', alerts: [{ labels: critical({ kind: 'migrate' }), value: '1' }] },
    quiet: ['1m', '30m'],
  },
  {
    alert: 'StorageVerificationFailed',
    situation: 'a verification found two files missing',
    series: {
      'storage_migration_files_total{kind="verify",result="missing"}': '0 2x100',
      'storage_migration_files_total{kind="verify",result="ok"}': '0+50x100',
      'storage_migration_files_total{kind="migrate",result="failed"}': '0+1x100',
    },
    fires: { at: '60m', alerts: [{ labels: critical({ result: 'missing' }), value: '2' }] },
    quiet: ['0m', '90m'],
  },
  {
    alert: 'StorageSyncFailing',
    situation: 'three rounds in a row fail, and the next one does not',
    series: { storage_sync_failed_rounds: '0 1 2 3 0' },
    fires: { at: '3m', alerts: [{ labels: warning(), value: '3' }] },
    quiet: ['2m', '4m'],
  },
];
