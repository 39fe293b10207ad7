/** Compiles the library before the first test: in a fresh checkout this takes longer than a test may. */
import { compiledLib } from './compiled-lib';

export default async function compile(): Promise<void> {
  await compiledLib();
}
