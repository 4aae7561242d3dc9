// An agent that finds its key where every library looks for it, and asks the refresher for the value
// of this moment where a key may change while the function lives.

const atStart = process.env.OPENAI_API_KEY;
const port = process.env.PARAMETERS_SECRETS_EXTENSION_HTTP_PORT ?? '2773';

async function now() {
  const id = encodeURIComponent(process.env.OPENAI_SECRET);
  const response = await fetch(`http://localhost:${port}/secretsmanager/get?secretId=${id}`, {
    headers: { 'X-Aws-Parameters-Secrets-Token': process.env.AWS_SESSION_TOKEN },
  });
  if (!response.ok) throw new Error(`no secret: status ${response.status}`);
  return JSON.parse((await response.json()).SecretString).api_key;
}

export const handler = async () => ({ ready: Boolean(atStart), rotated: (await now()) !== atStart });
