/** Loaded first by the entry: says what is missing before an import fails with less. */
import { assertPeer } from '../internal/optional-peer';

for (const peer of ['@nestjs/common', '@nestjs/core', 'rxjs', 'reflect-metadata']) {
  assertPeer(
    peer,
    'nestjs-hindsight (without Nest, import nestjs-hindsight/express or nestjs-hindsight/logging)',
    '@nestjs/common @nestjs/core rxjs reflect-metadata',
  );
}
