/** Sends the requests of the table, and returns what the client gets, including incomplete answers. */
import { once } from 'node:events';
import { request } from 'node:http';
import { progress } from './cell.mjs';

export const pathOf = (name) => `/${name.replaceAll(/\W+/g, '-')}`;

/** More than any request takes, even on a busy machine. */
const LONGEST_MS = 10_000;

async function read(response) {
  let body = '';
  let cut = false;
  try {
    for await (const chunk of response.setEncoding('utf8')) body += chunk;
  } catch {
    // The server has destroyed the connection.
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
  // The second packet is sent when the server has read the first one.
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
  // For the client itself, its disconnect is an error.
  answered.catch(() => {});
  const atWork = leaves ? once(progress, 'at work') : undefined;
  await post(outgoing, { json, slowly });
  if (atWork === undefined) return read((await answered)[0]);
  await atWork;
  outgoing.destroy();
  return { status: null, body: '', cut: false };
}
