/** No logging: the cost of the framework itself. */

export function create() {
  const nothing = () => {};
  return { info: nothing, debug: nothing, error: nothing, close: nothing };
}
