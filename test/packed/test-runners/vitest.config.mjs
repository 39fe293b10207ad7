export default { test: { include: ['*.vitest.mjs'], setupFiles: ['./setup.mjs'] } };
