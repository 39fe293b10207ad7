/** Compiles the library before the first test, because in a fresh checkout this takes longer than the time limit of a test. */
import { compiledLib } from './compiled-lib';

export default async function compile(): Promise<void> {
  await compiledLib();
}
