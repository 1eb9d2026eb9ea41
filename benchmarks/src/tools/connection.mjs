/** For programs of ours: the connection as AWS's own variables have it, but for `BENCH_ENDPOINT` and `BENCH_BUCKET`. */
export function connectionOf(env) {
  return {
    endpoint: env.BENCH_ENDPOINT,
    bucket: env.BENCH_BUCKET,
    region: env.AWS_REGION,
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID,
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    },
  };
}
