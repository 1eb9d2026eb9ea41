/** ms after trouble has ended in which requests may still be told of it. */
const RECOVERY = 15_000;

/** ms that an upload in parts may take. */
const LARGE = 10_000;

/** Findings that are told in full. */
const TOLD = 50;

/**
 * What answers may be: while the S3 server is in trouble, a request may be refused with 503 and `Retry-After`, and a download that
 * has begun may be cut. Anything else is a finding.
 */
export class Policy {
  /** `{ kind, began, ended, last }`: `last` is when the last request was refused for it. */
  troubles = [];
  counts = { refused: 0, cut: 0 };
  findings = [];
  found = 0;

  /** @returns what to call at its end. */
  begin(kind) {
    const trouble = { kind, began: performance.now(), ended: Infinity, last: undefined };
    this.troubles.push(trouble);
    return () => {
      trouble.ended = performance.now();
    };
  }

  /** For an answer that is not what was asked for. @returns whether it is known that nothing was done. */
  judge(what, began, answer) {
    const kind = kindOf(answer);
    const now = performance.now();
    const trouble = this.troubles.findLast(
      (each) => now >= each.began && began <= each.ended + RECOVERY,
    );
    if (kind === undefined || trouble === undefined) {
      const { status, headers, body, cut } = answer;
      const after = headers['retry-after'] === undefined ? '' : ', with Retry-After';
      this.wrong(`${what}: ${cut?.message ?? ''} ${status}${after} ${body.subarray(0, 200)}`);
      return false;
    }
    this.counts[kind]++;
    trouble.last = now;
    return kind !== 'cut';
  }

  /**
   * Whether an upload in parts, begun at this time, may have been broken off by trouble that also kept it from being aborted: what is
   * left of it is for the bucket's lifecycle rule.
   * @param begun in ms since 1970.
   */
  mayBreak(begun) {
    const at = begun - performance.timeOrigin;
    return this.troubles.some(({ began, ended }) => at >= began - LARGE && at <= ended + RECOVERY);
  }

  wrong(finding) {
    this.found++;
    if (this.findings.length < TOLD) this.findings.push(finding);
  }

  /** Outages, and how long after each the last request was refused, in ms. */
  recoveries() {
    return this.troubles.map(({ kind, began, ended, last }) => ({
      kind,
      ms: Math.round(ended - began),
      recovered: last === undefined ? 0 : Math.max(0, Math.round(last - ended)),
    }));
  }
}

function kindOf({ status, headers, cut }) {
  if (cut !== undefined) return status === 200 || status === 206 ? 'cut' : undefined;
  return status === 503 && /^[1-9]\d*$/.test(headers['retry-after'] ?? '') ? 'refused' : undefined;
}
