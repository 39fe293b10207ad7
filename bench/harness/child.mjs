/** A new process that measures one subject once. Its stdout is the output file of the job. */
async function answer(job) {
  try {
    const subject = await import(`../subjects/${job.module ?? job.subject}.mjs`);
    const section = await import(`../sections/${job.section}.mjs`);
    process.send({ result: await section.measure(subject, job) }, () => process.exit(0));
  } catch (error) {
    process.send({ error: error.stack }, () => process.exit(1));
  }
}

process.once('message', (job) => void answer(job));
