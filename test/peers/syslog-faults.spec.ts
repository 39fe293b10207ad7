import { describe } from 'vitest';
import { itSurvivesDatagramFaults } from './datagram-faults';
import { itSurvivesNetworkFaults, type Target } from './network-faults';

function syslogHandler(socktype: 'dgram' | 'stream') {
  return ({ host, port, timeout, caPath }: Target, options: object): string => {
    const all = { ...options, address: [host, port], socktype, timeout };
    const tls =
      caPath === undefined ? '' : `, tls: { ca: require('node:fs').readFileSync(${JSON.stringify(caPath)}) }`;
    return `new (lib('handlers').SysLogHandler)({ ...${JSON.stringify(all)}${tls} })`;
  };
}

describe('SysLogHandler over TCP and TLS', { timeout: 60_000 }, () => {
  itSurvivesNetworkFaults({ name: 'SysLogHandler', handler: syslogHandler('stream'), hasTls: true });
});

describe('SysLogHandler over UDP', { timeout: 60_000 }, () => {
  itSurvivesDatagramFaults({ name: 'SysLogHandler', handler: syslogHandler('dgram'), hasTls: false });
});
