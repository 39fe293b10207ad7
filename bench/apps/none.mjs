/** No logging at all: what the framework itself costs. */

export function create() {
  const nothing = () => {};
  return { info: nothing, debug: nothing, error: nothing, close: nothing };
}
