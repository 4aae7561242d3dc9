// A function that knows nothing of any layer: it reads its settings where everybody does.
import { createHash } from 'node:crypto';

const githubToken = process.env.GITHUB_TOKEN;
const openaiKey = process.env.OPENAI__KEY;
if (!githubToken || !openaiKey) throw new Error('no secrets at import time');

export const handler = async (event) => ({
  digest: createHash('sha256').update(githubToken + openaiKey).digest('hex'),
  event,
});
