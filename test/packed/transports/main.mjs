/** Runs every transport after the other and prints what was written for each case, and the counts at the end. */
import 'reflect-metadata';
import { stats } from 'nestjs-hindsight';
import { graphql } from './graphql.mjs';
import { hybrid, redis, tcp } from './rpc.mjs';
import { socketIo, ws } from './ws.mjs';

const redisPort = Number(process.argv[2]);

const found = {
  TCP: await tcp(),
  'TCP beside HTTP': await hybrid(false),
  'TCP beside HTTP, with its configuration': await hybrid(true),
  ...(redisPort > 0 ? { Redis: await redis(redisPort) } : {}),
  'socket.io': await socketIo(),
  WebSocket: await ws(),
  GraphQL: await graphql(),
};
process.stdout.write(JSON.stringify({ found, stats: stats() }));
