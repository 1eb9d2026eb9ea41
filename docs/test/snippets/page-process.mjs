// A page's modules run one after the other in a process of their own: each is imported when its turn comes, and what it writes is
// told with its end.
let written = '';
for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  stream.write = (chunk, ...rest) => {
    written += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    return write(chunk, ...rest);
  };
}

/** Lets what was written on the way come out: an unhandled rejection ends the process with it. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 10));

process.on('message', async (url) => {
  written = '';
  try {
    await import(url);
    await settled();
    process.send({ written });
  } catch (error) {
    process.send({
      written,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
});
process.on('disconnect', () => process.exit());
process.send({ ready: true });
