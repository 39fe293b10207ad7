/** Sends the requests of the table, and sees what a client sees: also an answer that is cut off. */
import { once } from 'node:events';
import { request } from 'node:http';
import { progress } from './cell.mjs';

export const pathOf = (name) => `/${name.replaceAll(/\W+/g, '-')}`;

/** Nothing is that slow, not even on a busy machine. */
const LONGEST_MS = 10_000;

async function read(response) {
  let body = '';
  let cut = false;
  try {
    for await (const chunk of response.setEncoding('utf8')) body += chunk;
  } catch {
    // The server destroyed the connection.
    cut = true;
  }
  return { status: response.statusCode, body, cut, requestId: response.headers['x-request-id'] };
}

async function post(outgoing, { json, slowly = false }) {
  if (!slowly) {
    outgoing.end(json);
    return;
  }
  const arrived = once(progress, 'arrived');
  outgoing.write(json.slice(0, 4));
  await arrived;
  // The server has read the first packet when the second one is sent.
  await new Promise((resolve) => setTimeout(resolve, 10));
  outgoing.end(json.slice(4));
}

export async function send(url, name, { json, slowly, leaves = false } = {}) {
  const headers =
    json === undefined ? {} : { 'content-type': 'application/json', 'content-length': json.length };
  const options = { method: json === undefined ? 'GET' : 'POST', headers, agent: false };
  const outgoing = request(url + pathOf(name), options);
  outgoing.setTimeout(LONGEST_MS, () => outgoing.destroy(new Error('no answer')));
  const answered = once(outgoing, 'response');
  // Leaving is an error to the client itself.
  answered.catch(() => {});
  const atWork = leaves ? once(progress, 'at work') : undefined;
  await post(outgoing, { json, slowly });
  if (atWork === undefined) return read((await answered)[0]);
  await atWork;
  outgoing.destroy();
  return { status: null, body: '', cut: false };
}
